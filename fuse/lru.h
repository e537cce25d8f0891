// A map of bounded size: what was not used for the longest time goes first.
#pragma once

#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace dftp::mount {

template <class Key, class Value>
class Lru {
 public:
  // `dropped` is called for each entry that leaves, except for those that are replaced.
  using Dropped = std::function<void(const Key& key, Value& value)>;
  explicit Lru(std::size_t max, Dropped dropped = {}) : max_(max), dropped_(std::move(dropped)) {}

  // The value, used now; nullptr where there is none. Valid until the next put() or erase().
  Value* find(const Key& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  Value& put(const Key& key, Value value) {
    if (Value* known = find(key)) return *known = std::move(value);
    entries_.emplace_front(key, std::move(value));
    index_.emplace(key, entries_.begin());
    shrink(max_);
    return entries_.front().second;
  }

  void erase(const Key& key) {
    const auto found = index_.find(key);
    if (found != index_.end()) drop(found->second);
  }
  void clear() { shrink(0); }
  // Drops the oldest until so many are left.
  void shrink(std::size_t max) {
    while (entries_.size() > max) drop(std::prev(entries_.end()));
  }
  // What will go next; nullptr when empty.
  const std::pair<Key, Value>* oldest() const { return entries_.empty() ? nullptr : &entries_.back(); }
  std::size_t size() const { return entries_.size(); }
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& [key, value] : entries_) visit(key, value);
  }

 private:
  using Entries = std::list<std::pair<Key, Value>>;
  void drop(typename Entries::iterator entry) {
    auto gone = std::move(*entry);
    index_.erase(entry->first);
    entries_.erase(entry);
    if (dropped_) dropped_(gone.first, gone.second);
  }

  const std::size_t max_;
  const Dropped dropped_;
  Entries entries_;  // the last used first
  std::unordered_map<Key, typename Entries::iterator> index_;
};

}  // namespace dftp::mount
