#include "server/session/feed.h"

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// On the session's loop, where no feed ends meanwhile.
net::Task<void> wake_later(std::weak_ptr<Feed*> feed) {
  if (const auto there = feed.lock()) (*there)->wake();
  co_return;
}

}  // namespace

Result<std::unique_ptr<Feed>> Feed::open(ControlSession& session, std::uint64_t number) {
  if (session.ending) return std::unexpected(*session.ending);
  if (session.feeds.contains(number))
    return fail(Code::invalid_request, "feed", "this number is in use in this session");
  if (session.feeds.size() >= limits::feeds_per_session)
    return fail(Code::too_many, "feed",
                "too many requests of this kind run in this session; stop one, or open another session");
  std::unique_ptr<Feed> feed(new Feed(session, number));
  session.feeds.emplace(number, feed.get());
  return feed;
}

Feed::~Feed() {
  session_.feeds.erase(number_);
}

void Feed::stop() {
  stopped_ = true;
  wake();
}

Result<void> Feed::running() const {
  if (session_.ending) return std::unexpected(*session_.ending);
  if (stopped_) return fail(Code::cancelled, {}, "stopped by the client");
  return {};
}

std::function<void()> Feed::waker() {
  return [executor = session_.executor, feed = std::weak_ptr(self_)] { net::spawn(executor, wake_later(feed)); };
}

net::Task<Result<void>> Feed::send(const json::Value& part) {
  while (running() && session_.outbox.waiting_bytes() > limits::feed_unread) co_await session_.changed.wait();
  if (auto goes_on = running(); !goes_on) co_return goes_on;
  const std::string text = json::write(part);
  if (text.size() > limits::frame_after_login) co_return fail(Code::too_large, {}, "a part does not fit a frame");
  session_.outbox.push(text);
  co_return Result<void>();
}

net::Task<void> Feed::wait_for(net::Duration limit) {
  if (!woken_ && running()) co_await session_.changed.wait_for(limit);
  woken_ = false;
}

}  // namespace dftp::server
