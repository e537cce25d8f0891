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
// Error::where: "get.sources[2]". Fields are bool, integers, std::string, Name, RemotePath, named enums, messages, and
// std::vector and std::optional (null when empty) of them. Members that a message does not know are ignored. A
// std::string is for text: what is not UTF-8 in it is written as printable() shows it.
#pragma once

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

Result<void> read_value(const json::Value& in, bool& out);
Result<void> read_value(const json::Value& in, std::string& out);
Result<void> read_value(const json::Value& in, Name& out);
Result<void> read_value(const json::Value& in, RemotePath& out);
template <class T>
Result<void> read_value(const json::Value& in, T& out);

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
Result<void> read_array(const json::Value& in, std::vector<T>& out) {
  const auto* array = in.as<json::Array>();
  if (!array) return must_be("an array");
  out.clear();
  out.reserve(array->size());
  for (const json::Value& value : *array) {
    T item{};
    if (auto read = read_value(value, item); !read) {
      return within("[" + std::to_string(out.size()) + "]", std::move(read.error()));
    }
    out.push_back(std::move(item));
  }
  return {};
}

class Reader {
 public:
  explicit Reader(const json::Value& in) : in_(in) {}

  template <class T>
  void operator()(std::string_view key, T& out) {
    read(key, out, true);
  }
  template <class T>
  void maybe(std::string_view key, T& out) {
    read(key, out, false);
  }
  Result<void> take() { return std::move(result_); }

 private:
  template <class T>
  void read(std::string_view key, T& out, bool required) {
    if (!result_) return;
    if (const json::Value* value = in_.find(key)) {
      result_ = read_value(*value, out);
    } else if (required) {
      result_ = must_be("present");
    }
    if (!result_) result_ = within("." + std::string(key), std::move(result_.error()));
  }

  const json::Value& in_;
  Result<void> result_;
};

template <class T>
Result<void> read_value(const json::Value& in, T& out) {
  if constexpr (is_optional<T>) {
    out.reset();
    if (in.as<std::nullptr_t>()) return {};
    return read_value(in, out.emplace());
  } else if constexpr (is_vector<T>) {
    return read_array(in, out);
  } else if constexpr (NamedEnum<T>) {
    return read_enum(in, out);
  } else if constexpr (std::integral<T>) {
    return read_integer(in, out);
  } else {
    static_assert(Message<T>, "no field of this type can travel");
    if (!in.as<json::Object>()) return must_be("an object");
    Reader reader(in);
    T::fields(out, reader);
    return reader.take();
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

// `what` begins the place in an error: the command's name, "reply", "announcement".
template <class T>
Result<T> from_json(const json::Value& in, std::string_view what) {
  T out{};
  auto read = fields_detail::read_value(in, out);
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
