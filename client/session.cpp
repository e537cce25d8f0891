#include "client/session.h"

namespace dftp::client {

struct Session::Core : std::enable_shared_from_this<Core> {
  // One opening of a connection, for all who wait for it.
  struct Attempt {
    explicit Attempt(net::Executor executor) : ended(std::move(executor)) {}
    std::optional<Result<std::shared_ptr<Connection>>> result;
    net::Signal ended;
  };

  Core(net::Executor on, net::DiskPool& disk_pool, ConnectOptions connect_options)
      : executor(on), pool(disk_pool), options(std::move(connect_options)) {}

  // In a task of its own: whoever waits for it may go.
  static net::Task<void> connect(std::shared_ptr<Core> self, std::shared_ptr<Attempt> attempt) {
    auto opened = co_await Connection::open(self->executor, self->pool, self->options, self->candidates);
    self->attempt.reset();
    if (opened && self->closed) opened = fail(Code::cancelled, self->options.endpoint.text(), "the session is closed");
    if (opened) self->current = *opened;
    attempt->result = std::move(opened);
    attempt->ended.notify_all();
  }

  net::Executor executor;
  net::DiskPool& pool;
  const ConnectOptions options;
  const std::shared_ptr<Candidates> candidates = std::make_shared<Candidates>();
  std::shared_ptr<Connection> current;
  std::shared_ptr<Attempt> attempt;
  bool closed = false;
};

Session::Session(net::Executor executor, net::DiskPool& pool, ConnectOptions options)
    : core_(std::make_shared<Core>(executor, pool, std::move(options))) {}

Session::~Session() {
  core_->closed = true;
  core_->current.reset();
}

net::Task<Result<std::shared_ptr<Connection>>> Session::connection() {
  const auto core = core_;
  if (core->current && core->current->open()) co_return core->current;
  auto attempt = core->attempt;
  if (!attempt) {
    attempt = core->attempt = std::make_shared<Core::Attempt>(core->executor);
    net::spawn(core->executor, Core::connect(core, attempt));
  }
  while (!attempt->result) co_await attempt->ended.wait();
  co_return *attempt->result;
}

bool Session::met() const {
  return core_->current != nullptr;
}

net::Task<void> Session::finish() {
  const auto connection = core_->current;
  if (connection && connection->open()) co_await connection->finish();
}

const ConnectOptions& Session::options() const {
  return core_->options;
}
net::Executor Session::executor() const {
  return core_->executor;
}
net::DiskPool& Session::pool() const {
  return core_->pool;
}

}  // namespace dftp::client
