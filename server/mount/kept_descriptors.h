// Descriptors of directories that are likely to be used again: the one that was not used for
// longest goes first, and each goes when its time is over, used or not.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "proto/storage/descriptor.h"

namespace dftp::server {

using SharedDescriptor = std::shared_ptr<const Descriptor>;

// Of a mount: fewer where this process may not have many open.
std::size_t max_kept_descriptors();

// One thread at a time. What is returned for being kept no more is closed by the last one to hold
// it, which may take long.
class KeptDescriptors {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Kept {
    SharedDescriptor held;
    Time until{};
  };

  explicit KeptDescriptors(std::size_t max) : max_(max) {}

  // Nothing when it is not kept, or its time is over.
  Kept find(std::uint64_t node, Time now) {
    const auto found = by_node_.find(node);
    if (found == by_node_.end() || found->second->kept.until <= now) return {};
    in_order_.splice(in_order_.begin(), in_order_, found->second);
    return found->second->kept;
  }
  // What goes for it.
  [[nodiscard]] SharedDescriptor keep(std::uint64_t node, Kept kept) {
    SharedDescriptor gone = drop(node);
    in_order_.push_front({node, std::move(kept)});
    by_node_[node] = in_order_.begin();
    if (in_order_.size() <= max_) return gone;
    gone = std::move(in_order_.back().kept.held);
    by_node_.erase(in_order_.back().node);
    in_order_.pop_back();
    return gone;
  }
  [[nodiscard]] SharedDescriptor drop(std::uint64_t node) {
    const auto found = by_node_.find(node);
    if (found == by_node_.end()) return nullptr;
    SharedDescriptor gone = std::move(found->second->kept.held);
    in_order_.erase(found->second);
    by_node_.erase(found);
    return gone;
  }
  // Those whose time is over.
  [[nodiscard]] std::vector<SharedDescriptor> drop_old(Time now) {
    std::vector<SharedDescriptor> gone;
    for (auto at = in_order_.begin(); at != in_order_.end();) {
      const auto next = std::next(at);
      if (at->kept.until <= now) gone.push_back(drop(at->node));
      at = next;
    }
    return gone;
  }
  std::size_t size() const { return in_order_.size(); }

 private:
  struct Entry {
    std::uint64_t node;
    Kept kept;
  };
  const std::size_t max_;
  std::list<Entry> in_order_;
  std::unordered_map<std::uint64_t, std::list<Entry>::iterator> by_node_;
};

}  // namespace dftp::server
