// Lines of a descriptor that is no terminal; the loop goes on while none comes.
#pragma once

#include <optional>
#include <string>

#include "proto/net/async.h"
#include "proto/wire/error.h"

namespace dftp::cli {

class Lines {
 public:
  explicit Lines(int fd) : fd_(fd) {}
  // Without its end; nullopt behind the last one. Code::usage with its number for a line that is no text
  // (proto/wire/text_lines.h), and what reading failed with.
  net::Task<Result<std::optional<std::string>>> next();
  // What was typed and not yet given.
  void drop() { held_.clear(); }

 private:
  Result<std::optional<std::string>> give(std::string_view bytes);

  const int fd_;
  std::string held_;
  std::size_t given_ = 0;
};

}  // namespace dftp::cli
