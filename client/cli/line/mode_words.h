// What chmod is told: a mode, or a change of one. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::cli {

// Octal from 0 to 777, or as chmod(1) has it: +x, go-w, u=rw,go=r, a+X; the umask plays no part. Set-id and sticky bits
// are not changed by it.
class ModeChange {
 public:
  // Code::usage.
  static Result<ModeChange> parse(std::string_view text);

  // Whether the mode before it matters.
  bool is_relative() const { return !absolute_; }
  // The permission bits that come of it. X is x for directories, and where somebody may execute the file already.
  std::uint32_t apply(std::uint32_t mode, bool directory) const;

 private:
  struct Step {
    std::uint32_t who;    // 0700, 0070 and 0007
    char operation;       // + - =
    std::uint32_t bits;   // 0 to 7
    bool execute_if_any;  // X
  };
  static Result<std::vector<Step>> parse_clause(std::string_view clause);

  bool absolute_ = false;
  std::uint32_t mode_ = 0;
  std::vector<Step> steps_;
};

}  // namespace dftp::cli
