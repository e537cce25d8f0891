#include "server/session/request_queue.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "proto/wire/limits.h"
#include "proto/wire/wipe.h"

namespace dftp::server {
namespace {

// What a request that waits takes besides its text.
constexpr std::size_t request_bytes = 128;

std::size_t bytes_of(const RequestQueue::Request& request) {
  return request.params.size() + request_bytes;
}

}  // namespace

Result<void> RequestQueue::admit(Ordering order) const {
  if (order == Ordering::waiting) {
    if (running(order) + waiting(order) < limits::waiting_requests) return {};
    return fail(Code::too_many, {}, "too many requests of this session wait for somebody else");
  }
  const std::size_t aside = running(Ordering::waiting) + running(Ordering::at_once) + waiting(Ordering::waiting);
  if (running() + waiting_.size() - aside < limits::requests_in_flight) return {};
  return fail(Code::too_many, {}, "too many requests of this session are not answered yet");
}

bool RequestQueue::may_begin(Ordering order, bool unread) const {
  if (in_order() > 0 || unread) return false;
  if (order == Ordering::one_by_one) return running(order) == 0;
  return order != Ordering::hashing || running(order) < limits::hashed_files;
}

bool RequestQueue::may_begin_now(Ordering order, bool unread) const {
  return waiting(Ordering::in_order) == 0 && may_begin(order, unread);
}

Result<void> RequestQueue::push(Request request, std::size_t max_bytes) {
  if (bytes_ + bytes_of(request) > max_bytes) {
    wipe(request.params);
    return fail(Code::too_many, {}, "so much waits for what is before it");
  }
  bytes_ += bytes_of(request);
  waiting_.push_back(std::move(request));
  return {};
}

std::optional<RequestQueue::Request> RequestQueue::pop(bool unread) {
  for (auto next = waiting_.begin(); next != waiting_.end(); ++next) {
    if (may_begin(next->order, unread)) return take(next);
    if (next->order == Ordering::in_order) break;
  }
  return std::nullopt;
}

RequestQueue::Request RequestQueue::take(std::deque<Request>::iterator request) {
  bytes_ -= bytes_of(*request);
  Request taken = std::move(*request);
  waiting_.erase(request);
  return taken;
}

bool RequestQueue::remove(std::uint64_t id) {
  const auto request = std::ranges::find(waiting_, id, &Request::id);
  if (request == waiting_.end()) return false;
  Request removed = take(request);
  wipe(removed.params);
  return true;
}

void RequestQueue::clear() {
  for (Request& request : waiting_) wipe(request.params);
  waiting_.clear();
  bytes_ = 0;
}

void RequestQueue::begun(Ordering order) {
  ++running_[static_cast<std::size_t>(order)];
}

void RequestQueue::ended(Ordering order) {
  --running_[static_cast<std::size_t>(order)];
}

bool RequestQueue::contains(std::uint64_t id) const {
  return std::ranges::find(waiting_, id, &Request::id) != waiting_.end();
}

std::size_t RequestQueue::running() const {
  return std::accumulate(running_.begin(), running_.end(), std::size_t{0});
}

std::size_t RequestQueue::waiting(Ordering order) const {
  return static_cast<std::size_t>(std::ranges::count(waiting_, order, &Request::order));
}

}  // namespace dftp::server
