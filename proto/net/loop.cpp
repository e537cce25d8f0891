#include <sched.h>

#include "proto/net/async.h"

namespace dftp::net {
namespace {

using Clock = std::chrono::steady_clock;

// A thread that sleeps and is woken on another core takes 20 to 50 us on a virtual machine; a request over loopback is
// answered in less than 100. KVM waits as long before it lets a virtual processor sleep (halt_poll_ns).
constexpr auto short_wait = std::chrono::microseconds(200);

thread_local Loop* running = nullptr;

}  // namespace

void Loop::run() {
  Loop* const outer = std::exchange(running, this);
  while (!context_.stopped()) turn();
  running = outer;
}

void Loop::turn() {
  const bool expecting = awake_until_ != Clock::time_point{};
  const bool awake = expecting && waits_are_short_;
  const std::size_t ran = awake ? context_.poll() : context_.run_one();
  if (!expecting) return;
  const bool in_time = Clock::now() < awake_until_;
  if (ran > 0 || !in_time) waits_are_short_ = in_time;
  if (!in_time) awake_until_ = {};
  // Whoever is to bring it may need this core.
  if (awake && ran == 0) ::sched_yield();
}

void stay_awake() {
  if (running) running->awake_until_ = Clock::now() + short_wait;
}

}  // namespace dftp::net
