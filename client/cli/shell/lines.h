// Lines of a descriptor that is no terminal; the loop goes on while none comes.
#pragma once

#include <optional>
#include <string>

#include "proto/net/async.h"

namespace dftp::cli {

class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  // Without its newline; nullopt at the end.
  net::Task<std::optional<std::string>> next();
  // What was typed and not yet given.
  void drop() { held_.clear(); }

 private:
  const int fd_;
  std::string held_;
};

}  // namespace dftp::cli
