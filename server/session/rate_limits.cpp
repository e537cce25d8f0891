#include "server/session/rate_limits.h"

namespace dftp::server {
namespace {

RateLimits pace_of(std::uint64_t rate) {
  if (rate == 0) return {};
  return {std::make_shared<RateLimit>(rate), std::make_shared<RateLimit>(rate)};
}

}  // namespace

void ServerRateLimit::change(std::uint64_t rate) {
  const std::lock_guard lock(mutex_);
  rate_ = rate;
  if (!limits_.read) limits_ = pace_of(rate);
  for (const auto& limit : {limits_.read, limits_.write}) {
    if (limit) limit->change(rate);
  }
}

RateLimits ServerRateLimit::now() const {
  const std::lock_guard lock(mutex_);
  return rate_ == 0 ? RateLimits() : limits_;
}

SessionRateLimits UserRateLimits::of(const std::string& user, std::uint64_t rate) {
  if (rate == 0) return {server_, {}};
  const std::lock_guard lock(mutex_);
  Known& known = users_[user];
  RateLimits pace{known.read.lock(), known.write.lock()};
  // A rate that was changed holds for the sessions that begin after it.
  if (known.rate != rate || !pace.read || !pace.write) {
    pace = pace_of(rate);
    known = {rate, pace.read, pace.write};
  }
  return {server_, std::move(pace)};
}

}  // namespace dftp::server
