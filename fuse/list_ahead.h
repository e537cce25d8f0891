// Reads directories ahead of programs that go through a tree: after a few subdirectories in a row the first pages of
// the next ones are fetched before anybody asks. Belongs to one loop.
#pragma once

#include "fuse/tree.h"

namespace dftp::mount {

class ListAhead {
 public:
  explicit ListAhead(Tree& tree);
  ~ListAhead() { *alive_ = false; }

  // As Tree::read_directory() from the beginning; what was fetched ahead counts for as long as nothing has changed.
  Task<Result<fs::ReaddirReply>> first_page(Node directory, MaybeCaller as);
  // To be called every few seconds: pages that nobody has come for go.
  void sweep();

 private:
  struct Page;
  using PagePointer = std::shared_ptr<Page>;

  void fetch_next(Node directory, const MaybeCaller& as);
  Task<PagePointer> take(Node directory, MaybeCaller as);
  bool holds(Node directory, const Page& page) const;
  void dropped(const PagePointer& page);
  static Task<void> fetch(std::shared_ptr<bool> alive, ListAhead* self, Node directory, PagePointer page);

  Tree& tree_;
  Lru<Node, PagePointer> pages_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dftp::mount
