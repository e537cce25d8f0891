// Directories that are being filled: one gets its mode and time when everything in it is settled. Bounded by what is
// unsettled, not by the tree.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "proto/transfer/events.h"

namespace dftp {

class FilledDirectory;
struct ReceiveState;

class Directories {
 public:
  using File = std::shared_ptr<ReceiveState>;

  Directories();
  ~Directories();

  // A directory has been made; it is unsettled within its parent until its own end is. `filled` goes with its end.
  void open(const Item& directory, std::unique_ptr<FilledDirectory> filled);
  // Anything else in it has been announced, or settled. settled() returns the parent's `end` when that can be carried
  // out now.
  void begin(const Item& item);
  File settled(const Item& item);
  // The `end` block has come: the same file when it can be carried out now; nullptr when later, by settled().
  // False in `known` when no such directory was opened.
  File end(const File& end, bool& known);
  // The end has been carried out: the parent's `end` when that can be carried out now.
  File close(const Item& directory);

  std::size_t size() const { return open_.size(); }
  bool any_without_end() const;

 private:
  struct Open {
    std::size_t unsettled = 0;
    File end;
    std::unique_ptr<FilledDirectory> filled;
  };
  using Key = std::pair<std::uint32_t, std::string>;
  static Key key(const Item& item) { return {item.source, item.path.relative()}; }
  Open* parent(const Item& item);

  std::map<Key, Open> open_;
};

}  // namespace dftp
