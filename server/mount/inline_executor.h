// Work on a mount that takes microseconds is done where its request arrives: to hand it to a disk thread and back takes
// longer (20 to 50 us) than itself. docs/decisions/0012 has what that brings.
//
// A loop must not wait for a disk. So it is done there only on file systems of this machine's own disks and memory,
// with nothing else mounted in the share (that could be a mount of this very server), and what took long is followed by
// a time in which all on this loop goes to disk threads: a hundred times as long if it had to wait, so that a loop
// waits for disks at most one hundredth of its time; ten times as long if it was at work, or another process was.
#pragma once

#include <atomic>
#include <chrono>

#include "proto/net/disk_pool.h"
#include "server/mount/mount_points.h"

namespace dftp::server {

// Thread-safe; of each loop's own are the times.
class InlineExecutor {
 public:
  using Clock = std::chrono::steady_clock;
  // `share`: of all users. Outlives this.
  InlineExecutor(const SharedDescriptor& root, MountPoints& share, Clock::time_point (*now)() = Clock::now);

  // On this thread, or on one of the pool's, and back. `is_small`, asked where it may look at a file: whether what the
  // work does is not more for a larger file.
  template <class IsSmall, class Work>
  net::Task<std::invoke_result_t<Work&>> run(net::DiskPool& pool, IsSmall is_small, Work work) {
    if (!may() || !is_small()) co_return co_await pool.run([&] { return work(); });
    const auto begun = now_();
    const long waits = waits_of_thread();
    auto result = work();
    const auto time = now_() - begun;
    if (is_long(time)) record(time, waits_of_thread() != waits);
    co_return result;
  }
  // From now on nothing is: the mount knows files of another file system, even if nobody sees it mounted any more.
  void disable() { local_ = false; }

  bool may();
  void record(Clock::duration time, bool waited);

 private:
  static bool is_long(Clock::duration time);
  static long waits_of_thread();

  Clock::time_point (*const now_)();
  std::atomic<bool> local_;
  MountPoints& mount_points_;
};

}  // namespace dftp::server
