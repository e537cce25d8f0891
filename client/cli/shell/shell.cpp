#include "client/cli/shell/shell.h"

#include <unistd.h>

#include "client/cli/console.h"
#include "client/cli/exit_code.h"
#include "client/cli/run.h"
#include "client/cli/shell/keyboard.h"

namespace dftp::cli {
namespace {

class Shell {
 public:
  Shell(Context& context, const Url& url) : context_(context), url_(url) {
    if (context.interactive) keyboard_.emplace(context, [](const std::string&) { return Completion(); });
  }

  net::Task<int> run() {
    const auto login = co_await enter();
    if (!login) {
      context_.console.error(login.error());
      co_return exit_code(login.error().code);
    }
    if (context_.interactive) greet(*login);
    int last_failure = exit_ok;
    while (!context_.closing) {
      const auto line = co_await ask();
      if (!line) break;
      const int code = co_await run_line(context_, *line);
      if (code != exit_ok) last_failure = code;
      if (code == exit_terminated) co_return code;
      if (!context_.interactive && ends_session(code)) break;
    }
    co_return context_.interactive ? exit_ok : last_failure;
  }

 private:
  // Logs in and changes to the URL's directory.
  net::Task<Result<LoginReply>> enter() {
    auto login = co_await log_in(context_);
    if (!login) co_return login;
    const auto known = co_await context_.remote.stat(url_.path);
    if (!known) co_return std::unexpected(known.error());
    if (known->type != FileType::directory) {
      co_return fail(Code::not_directory, url_.path.absolute(), "is no directory; a session begins in one");
    }
    context_.directory = url_.path;
    co_return login;
  }

  void greet(const LoginReply& login) {
    context_.console.note("Connected to " + url_.endpoint.text() + " as " + printable(login.user) +
                          (login.write ? "" : ", for reading only") + ". help lists the commands.");
  }

  std::string prompt() const {
    return "dftp " + url_.endpoint.text() + ":" + printable(context_.directory.absolute()) + "> ";
  }

  net::Task<std::optional<std::string>> ask() {
    if (!keyboard_) co_return co_await lines_.next();
    const std::string text = prompt();
    co_return co_await keyboard_->next(text);
  }

  Context& context_;
  const Url& url_;
  Lines lines_{STDIN_FILENO};
  std::optional<Keyboard> keyboard_;  // of a person
};

}  // namespace

net::Task<int> run_shell(Context& context, const Url& url) {
  Shell shell(context, url);
  co_return co_await shell.run();
}

}  // namespace dftp::cli
