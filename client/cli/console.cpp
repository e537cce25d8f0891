#include "client/cli/console.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "client/cli/exit_code.h"
#include "client/cli/run_log.h"
#include "client/cli/terminal.h"

namespace dftp::cli {

namespace {

std::string without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

std::string error_line(const Error& error, const std::optional<Origin>& origin) {
  std::string text = "dftp-cli: " + (origin ? printable(origin->text()) + ": " : "") + describe(error);
  const std::string_view help = advice(error.code);
  // A detail that says already what to do knows better.
  if (!help.empty() && error.detail.find("; ") == error.detail.npos) text += "; " + std::string(help);
  return text;
}

void Console::out(std::string_view text) {
  if (prompt_ && mode_.out_is_terminal) return prompt_->above(without_newline(text));
  if (failed_ == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) failed_ = errno;
}

std::string Console::shown(std::string_view name) const {
  return mode_.out_is_terminal ? printable(name) : std::string(name);
}

void Console::json(const json::Value& value) {
  out(json::write(value) + "\n");
  // Whoever reads events wants them when they happen.
  (void)flush();
}

Result<void> Console::flush() {
  if (failed_ == 0 && std::fflush(stdout) != 0) failed_ = errno;
  if (failed_ != 0) return fail_errno(failed_, "standard output");
  return {};
}

void Console::result(const std::string& text) {
  // On a terminal both outputs are one screen.
  if (prompt_ && mode_.out_is_terminal) return prompt_->above(text);
  if (!canvas_.empty() && mode_.out_is_terminal) return say(text);
  out(text + "\n");
}

void Console::error(const Error& error) {
  say(error_line(error, origin_));
}

void Console::log(std::string_view text) {
  if (log_) log_->write(origin_ ? origin_->text() + ": " + std::string(text) : text);
}

void Console::say(std::string_view text) {
  if (log_) log_->write(text);
  (void)flush();
  if (prompt_) {
    prompt_->above(std::string(text));
  } else if (canvas_.empty()) {
    std::fputs((std::string(text) + "\n").c_str(), stderr);
  } else {
    auto lines = canvas_.lines();
    draw({std::string(text)}, std::move(lines));
  }
}

void Console::note(std::string_view text) {
  if (!mode_.quiet) return say(text);
  if (log_) log_->write(text);
}

void Console::prompt(const std::string& text) {
  (void)flush();
  std::fputs(text.c_str(), stderr);
}

bool Console::draws() const {
  return mode_.out_is_terminal && mode_.err_is_terminal && !mode_.quiet && !mode_.json;
}

void Console::draw(const std::vector<std::string>& above, std::vector<std::string> lines) {
  (void)flush();
  if (prompt_) {
    for (const std::string& line : above) prompt_->above(line);
    return;
  }
  std::fputs(canvas_.draw(above, std::move(lines), terminal_size(STDERR_FILENO).columns).c_str(), stderr);
}

void Console::leave() {
  if (prompt_) {
    prompt_->restore_terminal();
    set_prompt(nullptr);
    prompt("\n");
  }
  clear();
}

}  // namespace dftp::cli
