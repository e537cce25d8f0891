#include "server/session/partial_collector.h"

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

constexpr auto interval = std::chrono::hours(1);
// Those that are forgotten are swept once more: that is all.
constexpr std::size_t max_remembered = 4096;

}  // namespace

void PartialCollector::sweep(Storage& storage, const RemotePath& home, const RemotePath& directory) {
  // What cannot be removed stays.
  if (due(home, directory)) (void)storage.collect_partials(directory, limits::partial_lifetime);
}

bool PartialCollector::due(const RemotePath& home, const RemotePath& directory) {
  const std::string key = home.relative() + '\0' + directory.relative();
  const std::lock_guard lock(mutex_);
  if (swept_.size() >= max_remembered) swept_.clear();
  const auto [swept, first] = swept_.try_emplace(key, now_());
  if (first) return true;
  if (now_() - swept->second < interval) return false;
  swept->second = now_();
  return true;
}

}  // namespace dftp::server
