#include "client/preconnected_streams.h"

#include "proto/net/connect.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

// The server gives up connections that do not say what they are for; a person who types a password takes long.
constexpr auto lifetime = limits::before_login / 2;

}  // namespace

void PreconnectedStreams::connect_first(const Endpoint& server, bool plain) {
  begun_ = std::chrono::steady_clock::now();
  left_ = opening_ = 1;
  net::spawn(executor_, open_first(shared_from_this(), server, plain));
}

void PreconnectedStreams::connect(const Endpoint& address, std::size_t count) {
  left_ += count;
  opening_ += count;
  for (std::size_t i = 0; i < count; ++i) net::spawn(executor_, open(shared_from_this(), address));
}

void PreconnectedStreams::go_on(DataRoute route) {
  route_ = std::move(route);
  changed_.notify_all();
}

void PreconnectedStreams::close() {
  closed_ = true;
  left_ = 0;
  ready_.clear();
  changed_.notify_all();
}

net::Task<void> PreconnectedStreams::open(Self self, Endpoint address) {
  auto stream = co_await self->connected(address);
  self->done(std::move(stream));
}

net::Task<void> PreconnectedStreams::open_first(Self self, Endpoint server, bool plain) {
  auto stream = co_await self->first(server, plain);
  self->done(std::move(stream));
}

void PreconnectedStreams::done(std::unique_ptr<net::Stream> stream) {
  --opening_;
  if (stream && !closed_) ready_.push_back(std::move(stream));
  changed_.notify_all();
}

net::Task<std::unique_ptr<net::Stream>> PreconnectedStreams::first(const Endpoint& server, bool plain) {
  auto connected = co_await net::connect(server, limit_);
  if (!connected) co_return nullptr;
  auto made = co_await secure_for_anybody(std::move(*connected), server.host, plain, limit_);
  while (made && !route_ && !closed_) co_await changed_.wait();
  if (!made || closed_ || route_->plain != plain) co_return nullptr;
  const bool same =
      made->stream->peer() == route_->address.text() && (plain || made->fingerprint == route_->fingerprint);
  co_return same ? std::move(made->stream) : nullptr;
}

net::Task<std::unique_ptr<net::Stream>> PreconnectedStreams::connected(const Endpoint& address) {
  auto plain = co_await net::connect(address, limit_);
  while (plain && !route_ && !closed_) co_await changed_.wait();
  if (!plain || closed_) co_return nullptr;
  auto secured = co_await secure_data(std::move(*plain), *route_, limit_);
  co_return secured ? std::move(*secured) : nullptr;
}

net::Task<std::unique_ptr<net::Stream>> PreconnectedStreams::take(bool plain) {
  const Self self = shared_from_this();
  if (left_ == 0) co_return nullptr;
  --left_;
  while (ready_.empty() && opening_ > 0 && !closed_) co_await changed_.wait();
  if (ready_.empty() || closed_) co_return nullptr;
  auto stream = std::move(ready_.front());
  ready_.pop_front();
  const bool old = std::chrono::steady_clock::now() - begun_ > lifetime;
  if (old || route_->plain != plain) co_return nullptr;
  co_return stream;
}

}  // namespace dftp::client
