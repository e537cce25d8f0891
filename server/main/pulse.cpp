#include "server/main/pulse.h"

namespace dftp::server {

net::Task<void> Pulse::count() {
  ++answers_;
  answered_.notify_all();
  co_return;
}

// On the loop that is asked.
net::Task<void> Pulse::answer() {
  net::spawn(executor_, count());
  co_return;
}

net::Task<void> Pulse::beat() {
  answers_ = 0;
  for (const net::Executor& loop : loops_) net::spawn(loop, answer());
  while (answers_ < loops_.size()) co_await answered_.wait();
  for (net::DiskPool* pool : pools_) co_await pool->run([] { return true; });
}

}  // namespace dftp::server
