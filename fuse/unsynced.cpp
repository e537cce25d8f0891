#include "fuse/unsynced.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

// About 100 bytes each.
constexpr std::size_t max_marks = 64 * 1024;
// What is older has been written to the disk without being told to: Linux does so after half a minute
// (vm.dirty_expire_centisecs).
constexpr auto written_by_itself = 3min;

}  // namespace

Unsynced::Unsynced() : marks_(max_marks) {}

void Unsynced::changed(std::uint64_t inode, Clock::time_point now) {
  const std::uint64_t number = ++last_;
  if (Mark* mark = marks_.find(inode)) {
    mark->number = number;
    mark->at = now;
  } else {
    marks_.put(inode, {number, now});
  }
}

bool Unsynced::synced(std::uint64_t inode, std::uint64_t begun) {
  Mark* mark = marks_.find(inode);
  if (!mark) return true;
  const bool lost = std::exchange(mark->lost, false);
  if (mark->number <= begun) marks_.erase(inode);
  return !lost;
}

void Unsynced::rebooted(Clock::time_point heard) {
  marks_.for_each([&](const std::uint64_t&, Mark& mark) { mark.lost |= mark.at > heard - written_by_itself; });
}

}  // namespace dftp::mount
