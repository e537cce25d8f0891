// All that is wrong, for whoever would rather mend it at once than one by one.
#pragma once

#include <utility>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::server {

using Problems = std::vector<Error>;

// Whether it went well; else what went wrong is kept.
template <class T>
bool noted(Problems& problems, const Result<T>& result) {
  if (!result) problems.push_back(result.error());
  return result.has_value();
}

// For whoever stops at the first.
template <class T>
Result<T> unless(Problems problems, T value) {
  if (!problems.empty()) return std::unexpected(std::move(problems.front()));
  return value;
}

}  // namespace dftp::server
