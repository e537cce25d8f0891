// A page of a listing: the next names in order, in bounded memory and in one frame, however large the directory is.
#pragma once

#include "proto/storage/storage.h"
#include "proto/wire/message.h"

namespace dftp::server {

// The smallest `limit` names behind `after`, out of any number that are shown to it in any order.
class SmallestNames {
 public:
  SmallestNames(std::string after, std::size_t limit) : after_(std::move(after)), limit_(limit) {}
  void add(std::string name);
  // Some were left out.
  bool more() const { return more_; }
  // In order; call once.
  std::vector<std::string> take();

 private:
  const std::string after_;
  const std::size_t limit_;
  std::vector<std::string> heap_;  // the largest first
  bool more_ = false;
};

// The reply to `list`. Blocks.
Result<ListReply> read_page(Storage& storage, const List& request);

}  // namespace dftp::server
