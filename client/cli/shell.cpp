#include "client/cli/shell.h"

#include <unistd.h>

#include <array>
#include <csignal>

#include "client/cli/console.h"
#include "client/cli/enter.h"
#include "client/cli/exit_code.h"
#include "client/cli/run.h"

namespace dftp::cli {
namespace {

// Lines of standard input; the loop goes on while nobody types.
class Lines {
 public:
  // nullopt at the end.
  net::Task<std::optional<std::string>> next() {
    while (true) {
      if (const std::size_t end = held_.find('\n'); end != held_.npos) {
        std::string line = held_.substr(0, end);
        held_.erase(0, end + 1);
        co_return line;
      }
      co_await net::wait_readable(STDIN_FILENO);
      std::array<char, 4096> buffer;
      const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) break;
      held_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    if (held_.empty()) co_return std::nullopt;
    co_return std::exchange(held_, {});
  }

  void drop() { held_.clear(); }

 private:
  std::string held_;
};

class Shell {
 public:
  Shell(Context& context, const Url& url) : context_(context), url_(url) {}

  net::Task<int> run() {
    const auto login = co_await enter(context_, url_);
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
  void greet(const LoginReply& login) {
    context_.console.note("Connected to " + url_.endpoint.text() + " as " + printable(login.user) +
                          (login.write ? "" : ", for reading only") + ". help lists the commands.");
  }

  std::string prompt() const {
    return "dftp " + url_.endpoint.text() + ":" + printable(context_.directory.absolute()) + "> ";
  }

  net::Task<std::optional<std::string>> ask() {
    if (!context_.interactive) co_return co_await lines_.next();
    context_.console.prompt(prompt());
    // The terminal has thrown the line away already.
    const Interruptible interruptible(context_.interrupts, [this](int signal) {
      if (signal != SIGINT) context_.interrupts.leave(signal);
      context_.interrupts.forget();
      lines_.drop();
      context_.console.prompt("\n" + prompt());
    });
    auto line = co_await lines_.next();
    if (!line) context_.console.prompt("\n");
    co_return line;
  }

  Context& context_;
  const Url& url_;
  Lines lines_;
};

}  // namespace

net::Task<int> run_shell(Context& context, const Url& url) {
  Shell shell(context, url);
  co_return co_await shell.run();
}

}  // namespace dftp::cli
