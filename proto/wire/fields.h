// A message is a plain struct with one list of its fields:
//
//   struct Rename {
//     static constexpr std::string_view command = "rename";
//     RemotePath from, to;
//     bool replace = true;
//     static void fields(auto& self, auto& io) {
//       io("from", self.from);
//       io("to", self.to);
//       io.maybe("replace", self.replace);
//     }
//   };
//
// The list is walked by the reader and the writer, so they cannot disagree. `io` marks a required field, `io.maybe` one
// that keeps its default when absent (empty text, lists and optionals are not written). A bad value names its place in
// Error::where: "params.sources[2]". Fields are bool, integers, std::string, Name, RemotePath, named enums, messages,
// and std::vector and std::optional of them (null stands for an empty one in a vector only). Unknown says what becomes
// of members that a message does not know. A std::string is for text: what is not UTF-8 in it is written as printable()
// shows it.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/wire/json.h"
#include "proto/wire/remote_path.h"

namespace dftp {

// Bytes that are usually text: valid UTF-8 travels as a string, anything else as {"b64":"..."}.
struct Name {
  std::string bytes;
  bool empty() const { return bytes.empty(); }
  friend auto operator<=>(const Name&, const Name&) = default;
};

// What becomes of members that are not in the list: a newer server may tell more than this client knows, but what a
// client asks for and is not understood would not be done.
enum class Unknown { ignored, refused };

namespace fields_detail {

class Reader;

template <class T>
concept Message = requires(T& value, Reader& reader) { T::fields(value, reader); };

// An enum with `std::string_view name_of(E)` and `std::optional<E> parse_enum(std::string_view, E)` found by ADL.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value, std::string_view text) {
  { name_of(value) } -> std::convertible_to<std::string_view>;
  { parse_enum(text, value) } -> std::same_as<std::optional<T>>;
};

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

// Readers leave `where` to their callers, who put the place before it once there is an error.
std::unexpected<Error> must_be(std::string_view expected);
std::unexpected<Error> within(std::string place, Error error);

// As a member's place, and what is said of it.
std::unexpected<Error> not_known(std::string_view key);

Result<void> read_value(const json::Value& in, bool& out, Unknown unknown);
Result<void> read_value(const json::Value& in, std::string& out, Unknown unknown);
Result<void> read_value(const json::Value& in, Name& out, Unknown unknown);
Result<void> read_value(const json::Value& in, RemotePath& out, Unknown unknown);
template <class T>
Result<void> read_value(const json::Value& in, T& out, Unknown unknown);

template <std::integral T>
Result<void> read_integer(const json::Value& in, T& out) {
  if (const auto* number = in.as<std::int64_t>(); number && std::in_range<T>(*number)) {
    out = static_cast<T>(*number);
    return {};
  }
  if (const auto* number = in.as<std::uint64_t>(); number && std::in_range<T>(*number)) {
    out = static_cast<T>(*number);
    return {};
  }
  return must_be("an integer in range");
}

template <NamedEnum T>
Result<void> read_enum(const json::Value& in, T& out) {
  const auto* text = in.as<std::string>();
  const auto value = text ? parse_enum(*text, T{}) : std::nullopt;
  if (!value) return must_be("one of the documented words");
  out = *value;
  return {};
}

template <class T>
Result<void> read_array(const json::Value& in, std::vector<T>& out, Unknown unknown) {
  const auto* array = in.as<json::Array>();
  if (!array) return must_be("an array");
  out.clear();
  out.reserve(array->size());
  for (const json::Value& value : *array) {
    T item{};
    if (auto read = read_value(value, item, unknown); !read) {
      return within("[" + std::to_string(out.size()) + "]", std::move(read.error()));
    }
    out.push_back(std::move(item));
  }
  return {};
}

// The keys of a message.
class Keys {
 public:
  void operator()(std::string_view key, const auto&) { keys_.push_back(key); }
  void maybe(std::string_view key, const auto&) { keys_.push_back(key); }
  bool has(std::string_view key) const { return std::ranges::find(keys_, key) != keys_.end(); }

 private:
  std::vector<std::string_view> keys_;
};

class Reader {
 public:
  Reader(const json::Value& in, Unknown unknown) : in_(in), unknown_(unknown) {}

  template <class T>
  void operator()(std::string_view key, T& out) {
    read(key, out, true);
  }
  template <class T>
  void maybe(std::string_view key, T& out) {
    read(key, out, false);
  }
  Result<void> take() { return std::move(result_); }
  // Whether each member was asked for, as far as it came: a text has none of them twice.
  bool knows_all(const json::Object& object) const { return result_ && found_ == object.size(); }

 private:
  template <class T>
  void read(std::string_view key, T& out, bool required) {
    if (!result_) return;
    if (const json::Value* value = in_.find(key)) {
      ++found_;
      result_ = value->as<std::nullptr_t>() ? must_be("left out, or something else than null")
                                            : read_value(*value, out, unknown_);
    } else if (required) {
      result_ = must_be("present");
    }
    if (!result_) result_ = within("." + std::string(key), std::move(result_.error()));
  }

  const json::Value& in_;
  const Unknown unknown_;
  std::size_t found_ = 0;
  Result<void> result_;
};

// What is not known is told before what is wrong or missing: it may be the same thing, misspelt.
template <class T>
Result<void> read_message(const json::Value& in, const json::Object& object, T& out, Unknown unknown) {
  Reader reader(in, unknown);
  T::fields(out, reader);
  if (unknown == Unknown::ignored || reader.knows_all(object)) return reader.take();
  Keys keys;
  T::fields(out, keys);
  for (const json::Member& member : object) {
    if (!keys.has(member.first)) return not_known(member.first);
  }
  return reader.take();
}

template <class T>
Result<void> read_value(const json::Value& in, T& out, Unknown unknown) {
  if constexpr (is_optional<T>) {
    out.reset();
    if (in.as<std::nullptr_t>()) return {};
    return read_value(in, out.emplace(), unknown);
  } else if constexpr (is_vector<T>) {
    return read_array(in, out, unknown);
  } else if constexpr (NamedEnum<T>) {
    return read_enum(in, out);
  } else if constexpr (std::integral<T>) {
    return read_integer(in, out);
  } else {
    static_assert(Message<T>, "no field of this type can travel");
    const auto* object = in.as<json::Object>();
    if (!object) return must_be("an object");
    return read_message(in, *object, out, unknown);
  }
}

json::Value write_value(bool in);
json::Value write_value(const std::string& in);
json::Value write_value(const Name& in);
json::Value write_value(const RemotePath& in);
template <class T>
json::Value write_value(const T& in);

class Writer {
 public:
  template <class T>
  void operator()(std::string_view key, const T& value) {
    object_.emplace_back(key, write_value(value));
  }
  template <class T>
  void maybe(std::string_view key, const T& value) {
    if constexpr (is_optional<T>) {
      if (!value) return;
    } else if constexpr (requires { value.empty(); }) {
      if (value.empty()) return;
    }
    (*this)(key, value);
  }
  json::Object take() { return std::move(object_); }

 private:
  json::Object object_;
};

template <class T>
json::Value write_value(const T& in) {
  if constexpr (is_optional<T>) {
    return in ? write_value(*in) : json::Value();
  } else if constexpr (is_vector<T>) {
    json::Array array;
    array.reserve(in.size());
    for (const auto& item : in) array.push_back(write_value(item));
    return array;
  } else if constexpr (NamedEnum<T>) {
    return std::string(name_of(in));
  } else if constexpr (std::integral<T>) {
    if (std::in_range<std::int64_t>(in)) return static_cast<std::int64_t>(in);
    return static_cast<std::uint64_t>(in);
  } else {
    static_assert(Message<T>, "no field of this type can travel");
    Writer writer;
    T::fields(in, writer);
    return writer.take();
  }
}

}  // namespace fields_detail

// `what` begins the place in an error: "params", "reply", "announcement".
template <class T>
Result<T> from_json(const json::Value& in, std::string_view what, Unknown unknown = Unknown::ignored) {
  T out{};
  auto read = fields_detail::read_value(in, out, unknown);
  if (!read) return fields_detail::within(std::string(what), std::move(read.error()));
  return out;
}

template <class T>
json::Value to_json(const T& message) {
  return fields_detail::write_value(message);
}

// As an event travels: {"event":"...",fields}.
template <class Event>
json::Value event_json(const Event& event) {
  json::Object object{{"event", std::string(Event::event)}};
  const json::Value members = to_json(event);
  for (const json::Member& member : *members.as<json::Object>()) object.push_back(member);
  return object;
}

}  // namespace dftp
