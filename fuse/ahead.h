// What was fetched from the server before a program asked for it, until somebody takes it or it is dropped.
#pragma once

#include "fuse/lru.h"
#include "fuse/tree.h"

namespace dftp::mount {

template <class Reply>
struct Ahead {
  explicit Ahead(net::Executor executor) : arrived(std::move(executor)) {}

  Reply reply;
  MaybeCaller as;        // on whose behalf
  bool ready = false;    // the reply is there
  bool taken = false;    // what the reply holds is somebody else's now
  bool dropped = false;  // nobody will come for it
  Clock::time_point since = Clock::now();
  net::Signal arrived;
};

// Nobody has come for so long, and nobody will.
constexpr auto ahead_kept = std::chrono::seconds(10);

template <class Entry>
void drop_old(Lru<Node, std::shared_ptr<Entry>>& entries, Clock::duration kept = ahead_kept) {
  const auto now = Clock::now();
  while (const auto* oldest = entries.oldest()) {
    if (now - oldest->second->since < kept) return;
    entries.erase(oldest->first);
  }
}

}  // namespace dftp::mount
