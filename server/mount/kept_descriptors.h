// Descriptors of nodes that are likely to be used again: the one that was not used for longest goes first.
#pragma once

#include <list>
#include <memory>
#include <unordered_map>

#include "proto/storage/descriptor.h"

namespace dftp {

using Held = std::shared_ptr<const Descriptor>;

// One thread at a time.
class KeptDescriptors {
 public:
  explicit KeptDescriptors(std::size_t most) : most_(most) {}

  // nullptr when it is not kept.
  Held find(std::uint64_t node) {
    const auto found = by_node_.find(node);
    if (found == by_node_.end()) return nullptr;
    in_order_.splice(in_order_.begin(), in_order_, found->second);
    return found->second->second;
  }
  // What goes for it: the last one to hold it closes it, which may take long.
  [[nodiscard]] Held keep(std::uint64_t node, Held held) {
    Held gone = drop(node);
    in_order_.emplace_front(node, std::move(held));
    by_node_[node] = in_order_.begin();
    if (in_order_.size() <= most_) return gone;
    gone = std::move(in_order_.back().second);
    by_node_.erase(in_order_.back().first);
    in_order_.pop_back();
    return gone;
  }
  [[nodiscard]] Held drop(std::uint64_t node) {
    const auto found = by_node_.find(node);
    if (found == by_node_.end()) return nullptr;
    Held gone = std::move(found->second->second);
    in_order_.erase(found->second);
    by_node_.erase(found);
    return gone;
  }
  std::size_t size() const { return in_order_.size(); }

 private:
  using Order = std::list<std::pair<std::uint64_t, Held>>;
  const std::size_t most_;
  Order in_order_;
  std::unordered_map<std::uint64_t, Order::iterator> by_node_;
};

}  // namespace dftp
