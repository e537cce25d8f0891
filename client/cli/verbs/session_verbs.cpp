// The verbs that are about the session itself.
#include <unistd.h>

#include <charconv>

#include "client/cli/line/preferences.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/open_session.h"
#include "client/cli/verbs/state.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

Result<int> job_number(std::string_view text) {
  if (text.starts_with('%')) text.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) return number;
  return fail(Code::usage, std::string(text), "is no number of a job; jobs lists them");
}

Result<std::vector<int>> job_numbers(const std::vector<std::string>& words) {
  std::vector<int> numbers;
  for (const std::string& word : words) {
    const auto number = job_number(word);
    if (!number) return std::unexpected(number.error());
    numbers.push_back(*number);
  }
  return numbers;
}

void move_to(Context& context, const ShellState::Left& place) {
  context.session = place.session;
  context.remote = client::Remote(place.session);
  context.directory = place.directory;
  context.directory_before = {};
  context.settings = place.settings;
}

}  // namespace

VerbTask open(Context& context, const Call& call, Report&) {
  const auto location = locate(call.local[0], *context.preferences);
  if (!location) co_return std::unexpected(location.error());
  const RemotePath directory = session_directory(*location, call.local[0], *context.preferences);
  const ShellState::Left here{context.session, context.directory, context.settings};
  move_to(context, {context.connect(location->place), {}, context.settings_for(location->place)});
  const auto login = co_await open_session(context, directory);
  if (!login) {
    move_to(context, here);
    co_return std::unexpected(login.error());
  }
  context.shell->left.push_back(here);
  greet(context, *login);
  co_return Result<void>();
}

VerbTask close(Context& context, const Call&, Report&) {
  std::vector<ShellState::Left>& left = context.shell->left;
  if (left.empty()) {
    context.closing = true;
    co_return Result<void>();
  }
  co_await context.session.finish();
  move_to(context, left.back());
  left.pop_back();
  co_return Result<void>();
}

VerbTask quit(Context& context, const Call&, Report&) {
  context.closing = true;
  co_return Result<void>();
}

VerbTask show_jobs(Context& context, const Call&, Report& report) {
  for (const auto& [number, line] : context.shell->jobs.under_way()) {
    if (context.console.mode().json) {
      report.entry(json::Object{{"job", static_cast<std::int64_t>(number)}, {"text", line}});
    } else {
      context.console.out(line + "\n");
    }
  }
  co_return Result<void>();
}

VerbTask wait_for_jobs(Context& context, const Call& call, Report&) {
  const auto numbers = job_numbers(call.local);
  if (!numbers) co_return std::unexpected(numbers.error());
  const Interruptible interruptible(context.interrupts, [](int) {});
  const std::function<void()> draw = [&context] {
    const TerminalSize size = terminal_size(STDERR_FILENO);
    if (context.console.draws()) context.console.draw({}, shortened_lines(context.shell->jobs.lines(), size));
  };
  const auto code = co_await context.shell->jobs.wait(*numbers, context.interrupts, draw);
  if (context.console.draws()) context.console.clear();
  if (!code) co_return std::unexpected(code.error());
  if (context.interrupts.received() != 0) co_return fail(Code::cancelled, "", "waits no longer; the jobs go on");
  if (*code != exit_ok) co_return fail(Code::io, "", "a job failed");
  co_return Result<void>();
}

VerbTask cancel_jobs(Context& context, const Call& call, Report& report) {
  BackgroundJobs& jobs = context.shell->jobs;
  for (const std::string& word : call.local) {
    if (word == "all") {
      jobs.cancel_all();
      continue;
    }
    const auto number = job_number(word);
    const auto done = number ? jobs.cancel(*number) : std::unexpected(number.error());
    if (!done) report.failed(done.error());
  }
  co_return Result<void>();
}

VerbTask show_history(Context& context, const Call&, Report& report) {
  for (const std::string& line : context.shell->history.lines()) {
    if (context.console.mode().json) {
      report.entry(json::Object{{"line", to_json(Name{line})}});
    } else {
      context.console.out(context.console.shown(line) + "\n");
    }
  }
  co_return Result<void>();
}

}  // namespace dftp::cli
