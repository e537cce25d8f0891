#include "server/main/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>

namespace dftp::server {

bool DirectoryWatch::start(net::Executor executor, const std::vector<std::filesystem::path>& directories) {
  events_ = net::UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const bool watched = add(directories);
  if (watched) ready_.emplace(executor, events_.get());
  return watched;
}

bool DirectoryWatch::add(const std::vector<std::filesystem::path>& directories) const {
  constexpr auto changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR;
  bool watched = false;
  for (const auto& directory : directories)
    watched |= events_ && ::inotify_add_watch(events_.get(), directory.c_str(), changes) >= 0;
  return watched;
}

net::Task<bool> DirectoryWatch::changed() {
  if (closed_ || !ready_) co_return false;
  co_await ready_->readable();
  alignas(inotify_event) std::array<char, 4096> heard;
  while (!closed_ && ::read(events_.get(), heard.data(), heard.size()) > 0) continue;
  co_return !closed_;
}

void DirectoryWatch::close() {
  closed_ = true;
  if (ready_) ready_->close();
}

}  // namespace dftp::server
