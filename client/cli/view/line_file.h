// A file that lines are appended to, whatever else a run does: a log, a trace.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proto/wire/error.h"

namespace dftp::cli {

class LineFile {
 public:
  // A file that is made is its owner's alone. `what` is for errors: "the log".
  static Result<LineFile> open(const std::filesystem::path& path, std::string what);
  LineFile(LineFile&& other) noexcept : file_(std::exchange(other.file_, -1)), path_(other.path_), what_(other.what_) {}
  LineFile& operator=(LineFile&&) = delete;
  ~LineFile();

  // In one write, so that several runs may share a file. What is no printable text is escaped. A disk that is full
  // does not stop the run: failed() says so at its end.
  void write(std::string_view text);
  // The first line that could not be written.
  const std::optional<Error>& failed() const { return failed_; }

 private:
  LineFile(int file, std::string path, std::string what)
      : file_(file), path_(std::move(path)), what_(std::move(what)) {}

  int file_;
  const std::string path_, what_;
  std::optional<Error> failed_;
};

}  // namespace dftp::cli
