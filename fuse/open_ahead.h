// Which files will be opened, or subdirectories listed, next: programs go through a directory as it was listed, or by
// name. After a few in a row the next ones are worth opening before anybody asks. Pure.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "fuse/lru.h"
#include "fuse/name_cache.h"

namespace dftp::mount {

class OpenAhead {
 public:
  OpenAhead();

  // A listing begins anew; its files come in the order in which the server has them.
  void begin_listing(Node directory);
  void listed(Node directory, const std::string& name, Node file);

  // Told that a file of the directory is opened. Those to be opened now, each at most once a listing.
  std::vector<Node> next(Node directory, Node file);

  static constexpr std::size_t max = 16;

 private:
  // A way through the directory.
  struct Order {
    std::vector<Node> files;
    std::unordered_map<Node, std::size_t> places;
    std::size_t last = SIZE_MAX;  // that was opened
    std::size_t run = 0;          // so many in a row
    std::size_t ahead = 0;        // files before this place need no more opening
  };
  struct Directory {
    std::vector<std::pair<std::string, Node>> names;
    Order listed, by_name;
    bool sorted = false;
  };
  static void sort(Directory& directory);
  static std::vector<Node> step(Order& order, Node file);

  Lru<Node, Directory> directories_;
};

}  // namespace dftp::mount
