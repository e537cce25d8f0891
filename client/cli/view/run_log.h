// What --log keeps: a line for whatever a run did or said, with the time and the process. Never a secret: it is given
// none.
#pragma once

#include "client/cli/view/line_file.h"

namespace dftp::cli {

class RunLog {
 public:
  static Result<RunLog> open(const std::filesystem::path& path);

  void write(std::string_view text);
  // The first line that could not be written.
  const std::optional<Error>& failed() const { return file_.failed(); }

 private:
  explicit RunLog(LineFile file) : file_(std::move(file)) {}

  LineFile file_;
};

}  // namespace dftp::cli
