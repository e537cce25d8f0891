// TOML text as plain values that know their line. Only toml.cpp includes toml++. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::server::toml {

struct Value;
struct Member;
using Array = std::vector<Value>;
using Table = std::vector<Member>;  // in the order of the lines

// A kind of value that nothing here uses: a float, a date, a time.
struct Other {};

struct Value {
  std::variant<Other, bool, std::int64_t, std::string, Array, Table> data;
  std::size_t line = 0;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
};

struct Member {
  std::string key;
  Value value;
};

// `file` is named in errors, all of which are Code::usage with "FILE:LINE" as the place.
Result<Table> parse(std::string_view text, std::string_view file);
std::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string detail);

// A basic string with its quotes; `text` is valid UTF-8.
std::string quoted(std::string_view text);

}  // namespace dftp::server::toml
