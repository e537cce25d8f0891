// The rates that data connections keep to: one of the server, shared by all, and one a user, shared by their sessions.
// Each counts both ways separately.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "proto/transfer/rate_limited_stream.h"

namespace dftp::server {

// The server's own. Thread-safe.
class ServerRateLimit {
 public:
  explicit ServerRateLimit(std::uint64_t rate) { change(rate); }
  // A connection that was opened without any goes on without; others keep to the new one from their next piece on.
  void change(std::uint64_t rate);
  RateLimits now() const;

 private:
  mutable std::mutex mutex_;
  RateLimits limits_;  // protected by mutex_, as is the next
  std::uint64_t rate_ = 0;
};

// What holds a session's data connections back.
struct SessionRateLimits {
  std::shared_ptr<const ServerRateLimit> server;  // nullptr: nothing
  RateLimits user;
  // `stream` lives on `executor` from now on.
  std::unique_ptr<net::Stream> apply(std::unique_ptr<net::Stream> stream, const net::Executor& executor) const {
    auto held_back = rate_limited(std::move(stream), user, executor);
    return server ? rate_limited(std::move(held_back), server->now(), executor) : std::move(held_back);
  }
};

// Thread-safe. Rates are bytes a second, 0: none.
class UserRateLimits {
 public:
  explicit UserRateLimits(std::uint64_t server_rate) : server_(std::make_shared<ServerRateLimit>(server_rate)) {}
  void change(std::uint64_t server_rate) { server_->change(server_rate); }
  SessionRateLimits of(const std::string& user, std::uint64_t rate);

 private:
  struct Known {
    std::uint64_t rate = 0;
    std::weak_ptr<RateLimit> read, write;
  };

  const std::shared_ptr<ServerRateLimit> server_;
  std::mutex mutex_;
  std::map<std::string, Known> users_;  // as many as there are users with a rate
};

}  // namespace dftp::server
