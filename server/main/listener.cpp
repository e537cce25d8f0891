#include "server/main/listener.h"

#include "server/session/accept_connection.h"

namespace dftp::server {

Result<void> Listeners::open(net::Executor executor, const std::vector<Endpoint>& endpoints) {
  for (const Endpoint& endpoint : endpoints) {
    auto listener = net::listen(executor, endpoint);
    if (!listener) return std::unexpected(listener.error());
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

Result<void> Listeners::adopt(net::Executor executor, std::vector<net::UniqueFd> sockets) {
  for (net::UniqueFd& socket : sockets) {
    auto listener = net::adopt_listener(executor, std::move(socket));
    if (!listener) return std::unexpected(listener.error());
    listeners_.push_back(std::move(*listener));
  }
  return {};
}

void Listeners::start(net::Executor executor) {
  for (const auto& listener : listeners_) net::spawn(executor, accept_all(*listener));
}

void Listeners::close() {
  for (const auto& listener : listeners_) listener->close();
}

std::vector<Endpoint> Listeners::endpoints() const {
  std::vector<Endpoint> all;
  for (const auto& listener : listeners_) all.push_back(listener->endpoint());
  return all;
}

net::Task<void> Listeners::accept_all(net::Listener& listener) {
  for (;;) {
    Worker& worker = workers_[next_++ % workers_.size()];
    auto stream = co_await listener.accept(worker.loop.executor());
    if (!stream) co_return;
    net::spawn(worker.loop.executor(), accept_connection(worker, tls_, std::move(*stream)));
  }
}

}  // namespace dftp::server
