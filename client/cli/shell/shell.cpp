#include "client/cli/shell/shell.h"

#include <unistd.h>

#include "client/cli/line/display.h"
#include "client/cli/shell/completer.h"
#include "client/cli/shell/keep_alive.h"
#include "client/cli/shell/keyboard.h"
#include "client/cli/shell/run.h"
#include "client/cli/verbs/open_session.h"
#include "client/cli/verbs/state.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"

namespace dftp::cli {
namespace {

class Shell {
 public:
  Shell(Context& context, const RemotePath& directory)
      : context_(context), directory_(directory), state_(context), completer_(context) {
    if (!context.interactive) return;
    if (const auto file = history_file(); !file.empty()) state_.history.load(file);
    keyboard_.emplace(context, [this](const std::string& before) { return completer_.complete(before); });
    for (const std::string& line : state_.history.lines()) keyboard_->remember(line);
  }
  net::Task<int> run() {
    const auto login = co_await open_session(context_, directory_);
    if (!login) {
      context_.console.error(login.error());
      co_return exit_code(login.error());
    }
    if (!context_.interactive) co_return co_await run_script();
    greet(context_, *login);
    const KeepAlive keeper(context_);
    co_return co_await converse();
  }

 private:
  net::Task<int> run_script() {
    int last_failure = exit_ok;
    while (!context_.closing) {
      const auto line = co_await lines_.next();
      if (!line) {
        context_.console.error(line.error());
        last_failure = exit_code(line.error());
        break;
      }
      if (!*line) break;
      const int code = co_await run_line(context_, **line);
      if (code != exit_ok) last_failure = code;
      if (ends_session(code)) break;
    }
    const int code = co_await state_.jobs.end(context_.interrupts);
    co_return code == exit_ok ? last_failure : code;
  }

  net::Task<int> converse() {
    while (true) {
      const std::string text = prompt();
      const auto line = co_await keyboard_->next(text);
      context_.closing = !line;
      if (line) {
        if (state_.history.add(*line)) keyboard_->remember(*line);
        const int code = co_await run_line(context_, *line);
        if (code == exit_terminated) co_return code;
      }
      if (context_.closing && may_leave()) break;
      if (!context_.closing) warned_ = false;
    }
    // What they have moved is kept, and the same commands go on from there.
    state_.jobs.cancel_all();
    co_await state_.jobs.end(context_.interrupts);
    co_return exit_ok;
  }

  // Once it is said that there are jobs; the second time is meant.
  bool may_leave() {
    const std::size_t jobs = state_.jobs.under_way().size();
    if (jobs == 0 || std::exchange(warned_, true)) return true;
    context_.console.note((jobs == 1 ? std::string("1 job is") : std::to_string(jobs) + " jobs are") +
                          " under way; wait waits, the same again stops and leaves");
    return false;
  }

  // Half of the window is for what is typed.
  std::string prompt() const {
    const std::string server = context_.session.options().endpoint.text();
    const std::string directory = printable(context_.directory.absolute());
    const std::size_t room = terminal_size(STDERR_FILENO).columns / 2;
    const std::size_t fixed = display_width("dftp " + server + ":> ");
    if (fixed + display_width(directory) <= room) return "dftp " + server + ":" + directory + "> ";
    return shortened(directory, std::max<std::size_t>(room, 12) - 2) + "> ";
  }

  Context& context_;
  const RemotePath& directory_;
  ShellState state_;
  Completer completer_;
  Lines lines_{STDIN_FILENO};
  std::optional<Keyboard> keyboard_;  // of a person
  bool warned_ = false;               // that there are jobs
};

}  // namespace

net::Task<int> run_shell(Context& context, const RemotePath& directory) {
  Shell shell(context, directory);
  co_return co_await shell.run();
}

}  // namespace dftp::cli
