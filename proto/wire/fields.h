// A message is a plain struct with one list of its fields:
//
//   struct Rename {
//     static constexpr std::string_view command = "rename";
//     RemotePath from, to;
//     bool replace = true;
//     static void fields(auto& self, auto& io) { io("from", self.from); io("to", self.to); io.maybe("replace", self.replace); }
//   };
//
// The list is walked by the reader and the writer, so they cannot disagree. `io` marks a required field, `io.maybe` one
// that keeps its default when absent (empty text, lists and optionals are not written). A bad value names its place: "get.sources[2]".
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/json.h"
#include "proto/wire/remote_path.h"

namespace dftp {

// Bytes that are usually text: valid UTF-8 travels as a string, anything else as {"b64":"..."}.
struct Name {
  std::string bytes;
  friend auto operator<=>(const Name&, const Name&) = default;
};

namespace fields_detail {

class Reader;
class Writer;

template <class T>
concept Message = requires(T& value, Reader& reader) { T::fields(value, reader); };

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

// An enum with `std::string_view name_of(E)` and `std::optional<E> parse_enum(std::string_view, E)` found by ADL.
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T value, std::string_view text) {
  { name_of(value) } -> std::convertible_to<std::string_view>;
  { parse_enum(text, value) } -> std::same_as<std::optional<T>>;
};

Result<void> wrong(const std::string& place, std::string_view expected);
Result<void> read_name(const json::Value& in, std::string& out, const std::string& place);
Result<void> read_path(const json::Value& in, RemotePath& out, const std::string& place);
Result<void> read_value(const json::Value& in, bool& out, const std::string& place);
Result<void> read_value(const json::Value& in, std::string& out, const std::string& place);
json::Value write_name(std::string_view bytes);

template <class T>
Result<void> read_value(const json::Value& in, T& out, const std::string& place);

template <class T>
Result<void> read_integer(const json::Value& in, T& out, const std::string& place) {
  if (const auto* number = in.as<std::int64_t>(); number && std::in_range<T>(*number)) {
    out = static_cast<T>(*number);
    return {};
  }
  if (const auto* number = in.as<std::uint64_t>(); number && std::in_range<T>(*number)) {
    out = static_cast<T>(*number);
    return {};
  }
  return wrong(place, "an integer in range");
}

template <class T>
Result<void> read_array(const json::Value& in, std::vector<T>& out, const std::string& place) {
  const auto* array = in.as<json::Array>();
  if (!array) return wrong(place, "an array");
  out.clear();
  out.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    T item{};
    if (auto read = read_value((*array)[i], item, place + "[" + std::to_string(i) + "]"); !read) return read;
    out.push_back(std::move(item));
  }
  return {};
}

class Reader {
 public:
  Reader(const json::Value& in, std::string place) : in_(in), place_(std::move(place)) {}

  template <class T>
  void operator()(std::string_view key, T& out) {
    if (!result_) return;
    const json::Value* value = in_.find(key);
    result_ = value ? read_value(*value, out, at(key)) : wrong(at(key), "to be present");
  }
  template <class T>
  void maybe(std::string_view key, T& out) {
    if (!result_) return;
    if (const json::Value* value = in_.find(key)) result_ = read_value(*value, out, at(key));
  }
  const Result<void>& result() const { return result_; }

 private:
  std::string at(std::string_view key) const { return place_ + "." + std::string(key); }

  const json::Value& in_;
  std::string place_;
  Result<void> result_;
};

template <class T>
Result<void> read_value(const json::Value& in, T& out, const std::string& place) {
  if constexpr (std::same_as<T, Name>) {
    return read_name(in, out.bytes, place);
  } else if constexpr (std::same_as<T, RemotePath>) {
    return read_path(in, out, place);
  } else if constexpr (is_optional<T>::value) {
    return read_value(in, out.emplace(), place);
  } else if constexpr (is_vector<T>::value) {
    return read_array(in, out, place);
  } else if constexpr (NamedEnum<T>) {
    const auto* text = in.as<std::string>();
    auto value = text ? parse_enum(*text, T{}) : std::nullopt;
    if (!value) return wrong(place, "one of the documented words");
    out = *value;
    return {};
  } else if constexpr (std::integral<T>) {
    return read_integer(in, out, place);
  } else {
    static_assert(Message<T>);
    if (!in.as<json::Object>()) return wrong(place, "an object");
    Reader reader(in, place);
    T::fields(out, reader);
    return reader.result();
  }
}

template <class T>
json::Value write_value(const T& in);

class Writer {
 public:
  template <class T>
  void operator()(std::string_view key, const T& value) {
    object_.emplace_back(std::string(key), write_value(value));
  }
  template <class T>
  void maybe(std::string_view key, const T& value) {
    if constexpr (std::same_as<T, Name>) {
      if (value.bytes.empty()) return;
    } else if constexpr (requires { value.empty(); }) {
      if (value.empty()) return;
    } else if constexpr (is_optional<T>::value) {
      if (!value) return;
    }
    (*this)(key, value);
  }
  json::Object take() { return std::move(object_); }

 private:
  json::Object object_;
};

template <class T>
json::Value write_value(const T& in) {
  if constexpr (std::same_as<T, Name>) {
    return write_name(in.bytes);
  } else if constexpr (std::same_as<T, RemotePath>) {
    return write_name(in.absolute());
  } else if constexpr (is_optional<T>::value) {
    return in ? write_value(*in) : json::Value();
  } else if constexpr (is_vector<T>::value) {
    json::Array array;
    array.reserve(in.size());
    for (const auto& item : in) array.push_back(write_value(item));
    return array;
  } else if constexpr (NamedEnum<T>) {
    return std::string(name_of(in));
  } else if constexpr (std::same_as<T, bool> || std::same_as<T, std::string>) {
    return in;
  } else if constexpr (std::integral<T>) {
    if (std::in_range<std::int64_t>(in)) return static_cast<std::int64_t>(in);
    return static_cast<std::uint64_t>(in);
  } else {
    static_assert(Message<T>);
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
  if (auto read = fields_detail::read_value(in, out, std::string(what)); !read) return std::unexpected(read.error());
  return out;
}

template <class T>
json::Value to_json(const T& message) {
  return fields_detail::write_value(message);
}

}  // namespace dftp
