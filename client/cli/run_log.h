// What --log keeps: a line for whatever a run did or said, with the time and the process. Never a secret: it is given
// none.
#pragma once

#include <filesystem>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::cli {

class RunLog {
 public:
  // Appends; a file that is made is its owner's alone.
  static Result<RunLog> open(const std::filesystem::path& path);
  RunLog(RunLog&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  RunLog& operator=(RunLog&&) = delete;
  ~RunLog();

  // In one write, so that several runs may share a file. What is no printable text is escaped. A disk that is full
  // does not stop the run.
  void write(std::string_view text);

 private:
  explicit RunLog(int file) : file_(file) {}
  int file_;
};

}  // namespace dftp::cli
