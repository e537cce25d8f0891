#include <sched.h>

#include <algorithm>

#include "proto/net/busy_poll.h"
#include "proto/net/failures.h"

namespace dftp::net {
namespace {

using Clock = std::chrono::steady_clock;

// A thread that sleeps and is woken on another core takes 20 to 50 us on a virtual machine; a request over loopback is
// answered in less than 100. KVM waits as long before it lets a virtual processor sleep (halt_poll_ns).
constexpr auto short_wait = std::chrono::microseconds(300);

// Each short wait is worth one, up to a most; a long one takes away more than a short one brought. So it pays where
// several short ones come for each long one, and not where they alternate, as over a link of a millisecond.
constexpr int max_credit = 8, credit_needed = 2, long_wait_costs = 2;

thread_local Loop* running = nullptr;
thread_local std::uint64_t polls = 0;

}  // namespace

void Loop::run() {
  Loop* const outer = std::exchange(running, this);
  while (!context_.stopped()) {
    try {
      run_ready();
    } catch (...) {
      // Of a timer or a handler: it is over, and the others go on.
      if (!tell_failure(error_of(std::current_exception()))) throw;
    }
  }
  running = outer;
}

void Loop::run_ready() {
  if (awake_until_ == Clock::time_point{}) {
    context_.run_one();
    return;
  }
  if (context_.poll() > 0 || context_.stopped()) return;
  // A wait begins here.
  const auto until = awake_until_;
  const bool something = credit_ >= credit_needed ? busy_poll(until) : context_.run_one() > 0;
  // Somebody with more work may have had the core meanwhile: what came late was not waited for in vain, but too long.
  const bool came = something && Clock::now() < until;
  credit_ = came ? std::min(credit_ + 1, max_credit) : std::max(credit_ - long_wait_costs, 0);
  if (!came && awake_until_ == until) awake_until_ = {};
}

bool Loop::busy_poll(Clock::time_point until) {
  while (Clock::now() < until) {
    // Whoever is to bring it may need this core.
    ::sched_yield();
    ++polls;
    if (context_.poll() > 0 || context_.stopped()) return true;
  }
  return false;
}

std::uint64_t busy_polls() {
  return polls;
}

void busy_poll_hint() {
  if (running) running->awake_until_ = Clock::now() + short_wait;
}

}  // namespace dftp::net
