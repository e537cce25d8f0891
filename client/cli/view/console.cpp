#include "client/cli/view/console.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "client/cli/view/advice.h"
#include "client/cli/view/run_log.h"
#include "client/cli/view/terminal.h"
#include "proto/storage/standard_descriptors.h"

namespace dftp::cli {

namespace {

std::string without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

std::string error_line(const Error& error, const std::optional<Origin>& origin, const Verb* verb) {
  return "dftp-cli: " + (origin ? printable(origin->text()) + ": " : "") + advised(error, verb);
}

void Console::out(std::string_view text) {
  if (screen_->prompt && screen_->mode.out_is_terminal) return screen_->prompt->above(without_newline(text));
  if (screen_->failed == 0 && std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) screen_->failed = errno;
}

std::string Console::shown(std::string_view name) const {
  return screen_->mode.out_is_terminal ? printable(name) : std::string(name);
}

Console Console::of_job(int number) const {
  Console job = *this;
  job.job_ = number;
  return job;
}

void Console::json(json::Object event) {
  if (job_) event.emplace_back("job", static_cast<std::int64_t>(*job_));
  out(json::write(event) + "\n");
  // Whoever reads events wants them when they happen.
  (void)flush();
}

Result<void> Console::flush() {
  if (screen_->failed == 0 && std::fflush(stdout) != 0) screen_->failed = errno;
  if (screen_->failed != 0) return fail_errno(screen_->failed, "standard output");
  return {};
}

void Console::result(const std::string& text) {
  // On a terminal both outputs are one screen.
  if (screen_->prompt && screen_->mode.out_is_terminal) return screen_->prompt->above(text);
  if (!screen_->canvas.empty() && screen_->mode.out_is_terminal) return say(text);
  out(text + "\n");
}

void Console::error(const Error& error, const Verb* verb) {
  const std::string line = error_line(error, origin_, verb);
  if (!reader_has_gone(error)) return say(line);
  if (screen_->log) screen_->log->write(line);
}

void Console::log(std::string_view text) {
  if (screen_->log) screen_->log->write(origin_ ? origin_->text() + ": " + std::string(text) : text);
}

void Console::say(std::string_view text) {
  if (screen_->log) screen_->log->write(text);
  trace(text);
}

void Console::trace(std::string_view text) {
  (void)flush();
  if (screen_->prompt) {
    screen_->prompt->above(std::string(text));
  } else if (screen_->canvas.empty()) {
    std::fputs((std::string(text) + "\n").c_str(), stderr);
  } else {
    auto lines = screen_->canvas.lines();
    draw({std::string(text)}, std::move(lines));
  }
}

void Console::note(std::string_view text) {
  if (!screen_->mode.quiet) return say(text);
  if (screen_->log) screen_->log->write(text);
}

void Console::prompt(const std::string& text) {
  (void)flush();
  std::fputs(text.c_str(), stderr);
}

bool Console::draws() const {
  return screen_->mode.out_is_terminal && screen_->mode.err_is_terminal && !screen_->mode.quiet && !screen_->mode.json;
}

void Console::draw(const std::vector<std::string>& above, std::vector<std::string> lines) {
  (void)flush();
  if (screen_->prompt) {
    for (const std::string& line : above) screen_->prompt->above(line);
    return;
  }
  std::fputs(screen_->canvas.draw(above, std::move(lines), terminal_size(STDERR_FILENO).columns).c_str(), stderr);
}

void Console::leave() {
  if (screen_->prompt) {
    screen_->prompt->restore_terminal();
    set_prompt(nullptr);
    prompt("\n");
  }
  clear();
}

}  // namespace dftp::cli
