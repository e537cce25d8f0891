// The rates that data connections keep to: one of the server, shared by all, and one a user, shared by their sessions.
// Each counts both ways separately.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "proto/transfer/rate_limited_stream.h"

namespace dftp::server {

// What holds a session's data connections back.
struct SessionRateLimits {
  RateLimits server, user;
  // `stream` lives on `executor` from now on.
  std::unique_ptr<net::Stream> apply(std::unique_ptr<net::Stream> stream, const net::Executor& executor) const {
    return rate_limited(rate_limited(std::move(stream), user, executor), server, executor);
  }
};

// Thread-safe. Rates are bytes a second, 0: none.
class UserRateLimits {
 public:
  explicit UserRateLimits(std::uint64_t server_rate);
  SessionRateLimits of(const std::string& user, std::uint64_t rate);

 private:
  struct Known {
    std::uint64_t rate = 0;
    std::weak_ptr<RateLimit> read, write;
  };

  const RateLimits server_;
  std::mutex mutex_;
  std::map<std::string, Known> users_;  // as many as there are users with a rate
};

}  // namespace dftp::server
