// Which names lead where, directory by directory: those that were found, those that are missing, and of directories
// that were listed whole that there is nothing else. Bounded by the number of names; the directory that was not used
// for the longest time goes first. A node that is named here is held by whoever watches `held` and `dropped`.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuse/lru.h"

namespace dftp::mount {

using Clock = std::chrono::steady_clock;
using Node = std::uint64_t;
inline constexpr Node missing = 0;

class NameCache {
 public:
  using Watcher = std::function<void(Node)>;
  // A directory with more than `max_names` / 2 names is not remembered as whole.
  NameCache(std::size_t max_names, Watcher held, Watcher dropped);

  // The node, `missing`, or nullopt: nobody knows.
  std::optional<Node> find(Node directory, std::string_view name, Clock::time_point now);
  // `at`: when the server said so, by its count. False when it has said something newer.
  bool put(Node directory, std::string_view name, Node node, Clock::time_point until, std::uint64_t at = 0);
  // Nothing is known about this name any more.
  void erase(Node directory, std::string_view name);
  // Nothing is known about this directory any more.
  void erase(Node directory);
  void clear();

  // What is put between the two calls is all there is in the directory, good until then; unless something in it was
  // erased in between. Of several listings at a time the one that began last counts.
  void begin_listing(Node directory);
  void end_listing(Node directory, Clock::time_point until);
  // The listing under way has come to the server's `cookie`; it begins at 0.
  void listed_to(Node directory, std::int64_t cookie);
  // Whether a page from `cookie` on continues the listing under way. A program may jump about in a directory.
  bool continues_listing(Node directory, std::int64_t cookie);
  bool is_whole(Node directory, Clock::time_point now);
  // Another one whenever a name in the directory stands for something else than before; 0: nobody knows.
  std::uint64_t version(Node directory);
  // All there is in the directory, as far as anybody knows and however old; nullopt where that is not known.
  std::optional<std::vector<std::pair<std::string, Node>>> all(Node directory);
  // How many lookups of unknown names there were since it was last listed: a sign that listing it is worth it.
  unsigned& misses(Node directory);

  std::size_t size() const { return names_; }

 private:
  struct Name {
    Node node;
    Clock::time_point until;
    std::uint64_t at;
  };
  struct Directory {
    std::unordered_map<std::string, Name> names;
    std::optional<std::int64_t> listed;  // so far the listing under way has come
    std::uint64_t version = 0;
    Clock::time_point whole_until = Clock::time_point::min();
    unsigned misses = 0;
  };
  Directory& open(Node directory);
  void shrink();
  void drop(Directory& directory);

  const std::size_t max_names_;
  const Watcher held_, dropped_;
  std::size_t names_ = 0;
  std::uint64_t last_version_ = 0;
  Lru<Node, Directory> directories_;
};

}  // namespace dftp::mount
