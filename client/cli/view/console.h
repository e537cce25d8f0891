// Everything the program says: results to standard output, everything else to standard error, with what is
// at the bottom of the terminal (progress lines, or a prompt) out of the way. Belongs to one loop. A copy speaks on the
// same screen, with an origin of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/view/progress_lines.h"
#include "proto/wire/json.h"

namespace dftp::cli {

struct ConsoleMode {
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool quiet = false;
  bool json = false;
};

// What has the bottom of the terminal while somebody types.
class Prompt {
 public:
  virtual ~Prompt() = default;
  // Lines that come to stand above what is being typed; printable, without the last newline.
  virtual void above(const std::string& text) = 0;
  // Before the process ends in the middle of it.
  virtual void restore_terminal() = 0;
};

// The place in a script that a command comes from.
struct Origin {
  std::string script;
  std::size_t line = 0;
  std::string text() const { return script + ":" + std::to_string(line); }
};

class RunLog;
struct Verb;

class Console {
 public:
  explicit Console(const ConsoleMode& mode) : screen_(std::make_shared<Screen>(mode)) {}
  // For a job in the background: its number is in each JSON object, and its origin stays what it is now.
  Console of_job(int number) const;
  const ConsoleMode& mode() const { return screen_->mode; }

  // To standard output, as it is. What cannot be written is what flush() returns.
  void out(std::string_view text);
  // A name for standard output: safe on a terminal, else exactly its bytes.
  std::string shown(std::string_view name) const;
  void json(json::Object event);
  // Writes what is still held back.
  Result<void> flush();

  // A line to standard output while progress may be drawn or a prompt be open.
  void result(const std::string& text);

  // Where the command that runs stands, for its errors and its JSON; it stays until the next call.
  void set_origin(std::optional<Origin> origin) { origin_ = std::move(origin); }
  const std::optional<Origin>& origin() const { return origin_; }
  // Gets every line that goes to standard error, and those of log(). Must live as long as the console.
  void set_log(RunLog* log) { screen_->log = log; }
  void log(std::string_view text);

  // Lines to standard error, above progress and prompt. A note is left out when quiet.
  // An error that only says that nobody reads standard output any more is kept for the log. `verb`: what met it.
  void error(const Error& error, const Verb* verb = nullptr);
  void say(std::string_view text);
  // The same, and not in the log.
  void trace(std::string_view text);
  void note(std::string_view text);
  // Without a newline.
  void prompt(const std::string& text);

  // Whether progress is drawn: on a terminal that shows both outputs, and neither quiet nor as JSON.
  bool draws() const;
  void draw(const std::vector<std::string>& above, std::vector<std::string> lines);
  void clear() { draw({}, {}); }

  // While this prompt is open (nullptr: none is), what belongs on the terminal stands above it and no progress is
  // drawn.
  void set_prompt(Prompt* prompt) { screen_->prompt = prompt; }
  bool has_prompt() const { return screen_->prompt != nullptr; }
  // The terminal as it was found, before the process ends at once.
  void leave();

 private:
  struct Screen {
    explicit Screen(const ConsoleMode& of) : mode(of) {}
    const ConsoleMode mode;
    Canvas canvas;
    Prompt* prompt = nullptr;
    RunLog* log = nullptr;
    int failed = 0;  // errno of the first failure of standard output
  };
  std::shared_ptr<Screen> screen_;
  std::optional<Origin> origin_;
  std::optional<int> job_;
};

// "dftp-cli: WHAT: WHY; what to do"; of a script "dftp-cli: SCRIPT:LINE: WHAT: WHY; what to do".
std::string error_line(const Error& error, const std::optional<Origin>& origin = {}, const Verb* verb = nullptr);

}  // namespace dftp::cli
