#include "client/connection_scaler.h"

#include <algorithm>

namespace dftp::client {
namespace {

// a is within an eighth of b.
bool alike(std::uint64_t a, std::uint64_t b) {
  return std::max(a, b) - std::min(a, b) <= b / 8;
}

}  // namespace

std::size_t ConnectionScaler::step(std::uint64_t bytes, std::uint64_t lost_segments) {
  if (lost_segments > 0 && !settled_) {
    connections_ = std::max(connections_, std::min(on_a_lossy_path, max_));
    // Where the queue overflows more of them only lose more, and from here that looks the same.
    settled_ = true;
  }
  if (++steps_ % intervals == 0) {
    const std::uint64_t rate = bytes - begin_bytes_;
    begin_bytes_ = bytes;
    if (!settled_ && alike(rate, last_rate_)) judge(rate);
    last_rate_ = rate;
  }
  return connections_;
}

// The rate neither grows nor falls any more.
void ConnectionScaler::judge(std::uint64_t rate) {
  settled_ = before_more_ > 0 && rate < before_more_ + before_more_ / 8;
  if (settled_) return;
  before_more_ = rate;
  connections_ = std::min(connections_ + (connections_ + 1) / 2, max_);
}

}  // namespace dftp::client
