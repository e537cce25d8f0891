#include "server/main/user_watch.h"

#include "server/admin/review.h"
#include "server/config/current_config.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// Where the kernel does not tell: no watch is left, or the file is on another machine's disk.
constexpr auto look_again_after = 1s;

}  // namespace

void UserWatch::start(net::Executor executor) {
  if (changes_.start(executor, {context_.config->state})) net::spawn(executor, follow());
  net::spawn(executor, look_again());
}

void UserWatch::close() {
  closed_ = true;
  changes_.close();
}

net::Task<void> UserWatch::follow() {
  bool changed = co_await changes_.changed();
  while (changed) {
    co_await review_all(context_);
    changed = co_await changes_.changed();
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
