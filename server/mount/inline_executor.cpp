#include "server/mount/inline_executor.h"

#include <sys/resource.h>

#include <algorithm>

#include "server/watch/file_systems.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// What is in memory takes 10 to 60.
constexpr auto long_time = 200us;
constexpr int rest_after_waiting = 100, rest_after_work = 10;

thread_local InlineExecutor::Clock::time_point not_before;

}  // namespace

InlineExecutor::InlineExecutor(const SharedDescriptor& root, MountPoints& share, Clock::time_point (*now)())
    : now_(now), local_(is_local(root->number())), mount_points_(share) {}

bool InlineExecutor::may() {
  return local_ && now_() >= not_before && !mount_points_.any();
}

void InlineExecutor::record(Clock::duration time, bool waited) {
  if (is_long(time)) not_before = std::max(not_before, now_() + (waited ? rest_after_waiting : rest_after_work) * time);
}

bool InlineExecutor::is_long(Clock::duration time) {
  return time > long_time;
}

long InlineExecutor::waits_of_thread() {
  rusage used;
  return ::getrusage(RUSAGE_THREAD, &used) == 0 ? used.ru_nvcsw : 0;
}

}  // namespace dftp::server
