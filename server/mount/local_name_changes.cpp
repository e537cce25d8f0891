#include "server/mount/local_name_changes.h"

namespace dftp::server {

void LocalNameChanges::begin(std::uint64_t directory, const std::string& name) {
  const std::lock_guard lock(mutex_);
  ++records_[key(directory, name)].running;
}

void LocalNameChanges::end(std::uint64_t directory, const std::string& name, std::uint64_t inode) {
  const std::lock_guard lock(mutex_);
  std::string text = key(directory, name);
  Record& record = records_[text];
  if (record.running > 0) --record.running;
  record.inode = inode;
  if (record.done) return;
  record.done = true;
  in_order_.push_back(std::move(text));
  // Forgetting one costs the client a look at a name, at most.
  if (in_order_.size() <= max_) return;
  const auto oldest = records_.find(in_order_.front());
  if (oldest->second.running == 0) {
    records_.erase(oldest);
  } else {
    oldest->second.done = false;
  }
  in_order_.pop_front();
}

void LocalNameChanges::fail(std::uint64_t directory, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(key(directory, name));
  if (found == records_.end()) return;
  if (--found->second.running == 0 && !found->second.done) records_.erase(found);
}

LocalNameChanges::State LocalNameChanges::judge(std::uint64_t directory, const std::string& name,
                                                std::uint64_t inode) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(key(directory, name));
  if (found == records_.end()) return State::foreign;
  if (found->second.running > 0) return State::changing;
  return found->second.done && found->second.inode == inode ? State::own : State::foreign;
}

}  // namespace dftp::server
