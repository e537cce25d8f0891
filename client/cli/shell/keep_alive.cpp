#include "client/cli/shell/keep_alive.h"

#include <random>

#include "client/backoff.h"
#include "client/cli/view/console.h"
#include "client/transient.h"

namespace dftp::cli {
namespace {

// How soon it is noticed that `open` or `close` went to another session.
constexpr auto look_again = std::chrono::milliseconds(500);

}  // namespace

struct KeepAlive::Watch {
  explicit Watch(Context& of) : context(&of) {}

  static net::Task<void> run(std::shared_ptr<Watch> self);
  static net::Task<Result<void>> connect(std::shared_ptr<Watch> self);
  // A command under way says what happens to it itself.
  void tell(const std::string& text) const {
    if (context && context->console.has_prompt()) context->console.note(text);
  }

  Context* context;  // nullptr: the session is over
};

KeepAlive::KeepAlive(Context& context) : watch_(std::make_shared<Watch>(context)) {
  net::spawn(context.session.executor(), Watch::run(watch_));
}

KeepAlive::~KeepAlive() {
  watch_->context = nullptr;
}

net::Task<Result<void>> KeepAlive::Watch::connect(std::shared_ptr<Watch> self) {
  client::ServerHandle session = self->context->session;
  auto connection = co_await session.connection();
  if (!connection) co_return std::unexpected(std::move(connection.error()));
  auto login = co_await (*connection)->logged_in();
  if (!login) co_return std::unexpected(std::move(login.error()));
  co_return Result<void>();
}

net::Task<void> KeepAlive::Watch::run(std::shared_ptr<Watch> self) {
  client::Backoff backoff(std::random_device{}());
  bool told = false;
  while (self->context) {
    if (self->context->session.connected()) {
      co_await net::sleep_for(look_again);
      continue;
    }
    const auto connected = co_await connect(self);
    if (connected && told) self->tell("connected again");
    if (connected) {
      told = false;
      backoff.reset();
      continue;
    }
    if (!client::is_transient(connected.error().code)) {
      self->tell(error_line(connected.error()));
      co_return;
    }
    if (!told) self->tell("dftp-cli: " + client::followed_by(describe(connected.error()), "trying until it is back"));
    told = true;
    const auto delay = backoff.next();
    co_await net::sleep_for(delay);
  }
}

}  // namespace dftp::cli
