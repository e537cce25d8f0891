#include "client/cli/verbs/time_limit.h"

namespace dftp::cli {

net::Task<void> end_in_time(Interrupts& interrupts, std::chrono::seconds limit, std::function<void()> give_up) {
  constexpr auto grace = std::chrono::seconds(3);
  net::Duration pause = limit;
  co_await net::sleep_for(pause);
  if (interrupts.expire()) {
    pause = grace;
    co_await net::sleep_for(pause);
  }
  give_up();
}

Error out_of_time(std::chrono::seconds limit) {
  return {Code::timed_out, {}, "--timeout", std::to_string(limit.count()) + " s are over"};
}

}  // namespace dftp::cli
