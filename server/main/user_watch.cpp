#include "server/main/user_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

#include "server/admin/review.h"
#include "server/config/config.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// Where the kernel does not tell: no watch is left, or the file is on another machine's disk.
constexpr auto look_again_after = 1s;

}  // namespace

void UserWatch::start(net::Executor executor) {
  events_ = net::UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  constexpr auto changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR;
  if (events_ && ::inotify_add_watch(events_.get(), context_.config.state.c_str(), changes) >= 0) {
    ready_.emplace(executor, events_.get());
    net::spawn(executor, follow());
  }
  net::spawn(executor, look_again());
}

void UserWatch::close() {
  closed_ = true;
  if (ready_) ready_->close();
}

net::Task<void> UserWatch::follow() {
  alignas(inotify_event) std::array<char, 4096> heard;
  for (;;) {
    co_await ready_->readable();
    if (closed_) co_return;
    // What has changed is found by looking.
    while (::read(events_.get(), heard.data(), heard.size()) > 0) continue;
    co_await review_all(context_);
  }
}

net::Task<void> UserWatch::look_again() {
  while (!closed_) {
    auto pause = look_again_after;
    co_await net::sleep_for(pause);
    every_second_();
    co_await review_all(context_);
  }
}

}  // namespace dftp::server
