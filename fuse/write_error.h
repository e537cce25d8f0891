// The error of a write that was answered before it was sent. Each program hears of it once: by its next write or fsync,
// or by its close. A child that has inherited the descriptor closes it as well, and takes nothing away from its parent.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "proto/wire/error.h"

namespace dftp::mount {

class WriteError {
 public:
  // Of several errors the last one counts.
  void set(Error error) {
    error_ = std::move(error);
    told_.clear();
  }
  explicit operator bool() const { return error_.has_value(); }

  // For a write or fsync: from now on there is none.
  Result<void> take() {
    if (!error_) return {};
    Error error = std::move(*error_);
    error_.reset();
    return std::unexpected(std::move(error));
  }
  // For a close by this table of descriptors, which the kernel calls the owner of its locks.
  Result<void> tell(std::uint64_t owner) {
    if (!error_ || !told_.insert(owner).second) return {};
    return std::unexpected(*error_);
  }

 private:
  std::optional<Error> error_;
  std::set<std::uint64_t> told_;
};

}  // namespace dftp::mount
