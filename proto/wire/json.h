// JSON values: parsed by simdjson (only json.cpp includes it), written by hand. 64-bit integers stay exact.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;  // in the order written

class Value {
 public:
  using Storage = std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object>;

  Value() : storage_(nullptr) {}
  template <class T>
    requires std::is_constructible_v<Storage, T&&> && (!std::is_same_v<std::remove_cvref_t<T>, Value>)
  Value(T&& value) : storage_(std::forward<T>(value)) {}  // NOLINT: implicit on purpose, a literal is a value

  const Storage& storage() const { return storage_; }
  template <class T>
  const T* as() const {
    return std::get_if<T>(&storage_);
  }
  // The member's value; nullptr when this is no object or has no such member.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  // Of the same kind and equal; objects with the same members in the same order.
  friend bool operator==(const Value& a, const Value& b);

 private:
  Storage storage_;
};

// The whole text must be one value, nested no deeper than limits::json_depth (an innermost container that is empty does
// not count), with no member twice in an object. Code::protocol otherwise. Needs no padding behind the text.
// Non-negative integers are std::uint64_t when they do not fit std::int64_t, std::int64_t otherwise.
Result<Value> parse(std::string_view text);
// Without white space. A double that is not finite becomes null.
std::string write(const Value& value);

// `text` must be valid UTF-8. Appends it quoted and escaped.
void append_string(std::string& out, std::string_view text);
bool is_utf8(std::string_view text);

}  // namespace dftp::json
