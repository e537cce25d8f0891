// What --log keeps: a line for whatever a run did or said, with the time and the process. Never a secret: it is given
// none.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proto/wire/error.h"

namespace dftp::cli {

class RunLog {
 public:
  // Appends; a file that is made is its owner's alone.
  static Result<RunLog> open(const std::filesystem::path& path);
  RunLog(RunLog&& other) noexcept : file_(std::exchange(other.file_, -1)), path_(other.path_) {}
  RunLog& operator=(RunLog&&) = delete;
  ~RunLog();

  // In one write, so that several runs may share a file. What is no printable text is escaped. A disk that is full
  // does not stop the run: failed() says so at its end.
  void write(std::string_view text);
  // The first line that could not be written.
  const std::optional<Error>& failed() const { return failed_; }

 private:
  RunLog(int file, std::string path) : file_(file), path_(std::move(path)) {}

  int file_;
  const std::string path_;
  std::optional<Error> failed_;
};

}  // namespace dftp::cli
