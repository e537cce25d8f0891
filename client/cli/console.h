// Everything the program says: results to standard output, everything else to standard error, with the progress lines
// at the bottom of the terminal out of the way. Belongs to one loop.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/progress_lines.h"
#include "proto/wire/json.h"

namespace dftp::cli {

struct ConsoleMode {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool quiet = false;
  bool json = false;
};

class Console {
 public:
  explicit Console(const ConsoleMode& mode) : mode_(mode) {}
  const ConsoleMode& mode() const { return mode_; }

  // To standard output, as it is. What cannot be written is what flush() returns.
  void out(std::string_view text);
  // A name for standard output: safe on a terminal, else exactly its bytes.
  std::string shown(std::string_view name) const;
  void json(const json::Value& value);
  // Writes what is still held back.
  Result<void> flush();

  // A line to standard output while progress may be drawn.
  void result(const std::string& text);

  // Lines to standard error. A note is left out when quiet.
  void error(const Error& error);
  void say(std::string_view text);
  void note(std::string_view text);
  // Without a newline.
  void prompt(const std::string& text);

  // Whether progress is drawn: on a terminal that shows both outputs, and neither quiet nor as JSON.
  bool draws() const;
  void draw(const std::vector<std::string>& above, std::vector<std::string> lines);
  void clear() { draw({}, {}); }

 private:
  const ConsoleMode mode_;
  Canvas canvas_;
  int failed_ = 0;  // errno of the first failure of standard output
};

// "dftp-cli: WHAT: WHY; what to do"
std::string error_line(const Error& error);

}  // namespace dftp::cli
