// Threads that were told that what they asked for is stale (ESTALE). The kernel goes through the path once more then,
// asks for each name in it, and comes back with what that has led to; so the caller never sees it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/lru.h"
#include "fuse/name_cache.h"

namespace dftp::mount {

class LooksAnew {
 public:
  using Thread = int;
  LooksAnew();

  // What an operation is about: a node, a name in a directory, or both. `operation` is one of the callers' literals.
  struct About {
    const char* operation = "";
    Node node = missing;
    Node parent = missing;
    std::string name = {};
  };

  // The thread was told that this is stale.
  void told(Thread thread, About about, Clock::time_point now);
  // Whether its lookups are to ask the server, whatever is known.
  bool looks(Thread thread, Clock::time_point now);
  // It has looked a name up.
  void looked(Thread thread, Node parent, std::string_view name, Node node, Clock::time_point now);
  // Whether it comes back with what it was told about, as it was or with what its walk has found. Whatever the kernel
  // asks on the way to an operation (getattr, access, lookup) leaves the walk to that; anything else ends it.
  enum class Back { no, as_it_was, found };
  Back comes_back(Thread thread, const About& about, Clock::time_point now);

 private:
  struct Looked {
    Node parent;
    std::string name;
    Node node;
  };
  struct Walk {
    About about;
    std::vector<Looked> looked;
    Clock::time_point until, at_most_until;
  };
  Walk* find(Thread thread, Clock::time_point now);

  Lru<Thread, Walk> walks_;
};

}  // namespace dftp::mount
