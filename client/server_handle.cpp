#include "client/server_handle.h"

namespace dftp::client {

struct ServerHandle::Core : std::enable_shared_from_this<Core> {
  // One opening of a connection, for all who wait for it.
  struct Attempt {
    explicit Attempt(net::Executor executor) : ended(std::move(executor)) {}
    std::optional<Result<std::shared_ptr<Connection>>> result;
    net::Signal ended;
  };

  Core(net::Executor on, net::DiskPool& disk_pool, ConnectOptions connect_options, std::shared_ptr<Candidates> ways)
      : executor(on), pool(disk_pool), options(std::move(connect_options)), candidates(std::move(ways)) {}

  // In a task of its own: whoever waits for it may go.
  static net::Task<void> connect(std::shared_ptr<Core> self, std::shared_ptr<Attempt> attempt) {
    auto opened = co_await Connection::open(self->executor, self->pool, self->options, self->candidates);
    if (attempt->result) co_return;  // nobody waits for it any more
    self->attempt.reset();
    if (opened && self->closed) opened = fail(Code::cancelled, self->options.endpoint.text(), "the session is closed");
    if (opened) self->current = *opened;
    attempt->result = std::move(opened);
    attempt->ended.notify_all();
  }

  net::Executor executor;
  net::DiskPool& pool;
  const ConnectOptions options;
  const std::shared_ptr<Candidates> candidates;
  std::shared_ptr<Connection> current;
  std::shared_ptr<Attempt> attempt;
  bool closed = false;
};

ServerHandle::ServerHandle(net::Executor executor, net::DiskPool& pool, ConnectOptions options)
    : ServerHandle(std::make_shared<Core>(executor, pool, std::move(options), std::make_shared<Candidates>())) {}

ServerHandle::ServerHandle(std::shared_ptr<Core> core)
    : core_(std::move(core)), last_(nullptr, [core = core_](std::nullptr_t) {
        core->closed = true;
        core->current.reset();
      }) {}

ServerHandle ServerHandle::another() const {
  ConnectOptions options = core_->options;
  options.instance = ConnectOptions::make_instance();
  options.on_event = {};
  return ServerHandle(std::make_shared<Core>(core_->executor, core_->pool, std::move(options), core_->candidates));
}

net::Task<Result<std::shared_ptr<Connection>>> ServerHandle::connection() {
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

bool ServerHandle::met() const {
  return core_->current != nullptr;
}

bool ServerHandle::connected() const {
  return core_->current && core_->current->open();
}

void ServerHandle::drop() {
  if (core_->current) core_->current->close();
  if (const auto attempt = std::exchange(core_->attempt, nullptr)) {
    attempt->result = fail(Code::cancelled, core_->options.endpoint.text(), "stopped on request");
    attempt->ended.notify_all();
  }
}

net::Task<void> ServerHandle::finish() {
  const auto connection = core_->current;
  if (connection && connection->open()) co_await connection->finish();
}

const ConnectOptions& ServerHandle::options() const {
  return core_->options;
}
net::Executor ServerHandle::executor() const {
  return core_->executor;
}
net::DiskPool& ServerHandle::pool() const {
  return core_->pool;
}

}  // namespace dftp::client
