#include "server/mount/reply_cache.h"

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// Of a flight of `fs.open` with the largest first bytes.
constexpr std::size_t max_bytes = limits::requests_in_flight * 2 * limits::mount_inline_bytes;
// Where the user has too much waiting already: a mount goes on with this.
constexpr std::size_t poor_bytes = 4 * limits::mount_inline_bytes;

}  // namespace

Result<ReplyCache::Begun> ReplyCache::begin(std::uint64_t seq, std::uint64_t acked, std::string_view kind) {
  const std::lock_guard lock(mutex_);
  if (seq == 0 || seq <= acked) return fail(Code::invalid_request, "seq", "must be over acked");
  if (seq <= acked_) return fail(Code::invalid_request, "seq", "has been acknowledged already");
  forget_until(acked);
  if (const auto found = kept_.find(seq); found != kept_.end()) {
    const Kept& kept = found->second;
    if (kept.kind != kind) return fail(Code::invalid_request, "seq", "is another request's");
    if (!kept.reply) return Begun{State::running, {}};
    return Begun{State::done, *kept.reply};
  }
  // The oldest one is what others wait for to be acknowledged.
  const bool oldest = kept_.empty() || seq < kept_.begin()->first;
  const std::size_t max = paid_.over() ? poor_bytes : max_bytes;
  if (kept_.size() >= limits::mount_kept_replies || bytes_ >= (oldest ? 2 * max : max))
    return fail(Code::too_many, "seq", "too many replies that have not been acknowledged");
  kept_.emplace(seq, Kept{std::string(kind), std::nullopt});
  return Begun{};
}

void ReplyCache::finish(std::uint64_t seq, std::string reply) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(seq);
  if (found == kept_.end() || found->second.reply) return;
  bytes_ += reply.size();
  paid_.set(bytes_);
  found->second.reply = std::move(reply);
}

void ReplyCache::acknowledge(std::uint64_t acked) {
  const std::lock_guard lock(mutex_);
  forget_until(acked);
}

// Whoever calls has locked.
void ReplyCache::forget_until(std::uint64_t acked) {
  acked_ = std::max(acked_, acked);
  while (!kept_.empty() && kept_.begin()->first <= acked_) {
    if (const auto& reply = kept_.begin()->second.reply) bytes_ -= reply->size();
    kept_.erase(kept_.begin());
  }
  paid_.set(bytes_);
}

void ReplyCache::drop(std::uint64_t seq) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(seq);
  if (found != kept_.end() && !found->second.reply) kept_.erase(found);
}

std::size_t ReplyCache::size() const {
  const std::lock_guard lock(mutex_);
  return kept_.size();
}

}  // namespace dftp::server
