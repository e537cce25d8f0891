// What somebody else has changed, on its way to the session of a mount. Kept while there is no session, and for a while
// after it was sent, for a session that comes back.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

#include "proto/wire/mount_message.h"

namespace dftp::server {

// Thread-safe.
class Events {
 public:
  // The number of the last event. What is read afterwards is at least as new as that.
  std::uint64_t last() const;
  // A number for what the mount has changed itself, as events count. What is read afterwards has seen the change, and
  // what has a smaller one perhaps not.
  std::uint64_t next();
  void add(fs::Change change);
  // Too much happened to tell: nothing that the client knows holds.
  void add_missed();

  // From now on only this listener takes. What came after the event `seen` is taken once more, and may be there at
  // once. `ready` is called, on any thread, when there is something to take and was nothing before.
  struct Listening {
    std::uint64_t listener = 0;
    bool whole = true;  // false: something that came after `seen` is lost
  };
  Listening listen(std::function<void()> ready, std::uint64_t seen);
  // One frame's worth; nullopt when there is nothing, or for somebody else.
  std::optional<fs::Changed> take(std::uint64_t listener);

 private:
  bool rewind(std::uint64_t seen);

  mutable std::mutex mutex_;
  std::function<void()> ready_;
  std::uint64_t listener_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t lost_ = 0;                                    // the last one that is no longer kept
  std::map<std::uint64_t, fs::Change> unsent_;                // by number; one for each node
  std::unordered_map<std::uint64_t, std::uint64_t> numbers_;  // of the nodes in unsent_
  std::deque<std::pair<std::uint64_t, fs::Change>> sent_;
  bool missed_ = false;
};

}  // namespace dftp::server
