// What a mount itself has done to names: so that what the kernel tells of it is not taken for somebody else's doing.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace dftp::server {

// Thread-safe.
class LocalNameChanges {
 public:
  explicit LocalNameChanges(std::size_t max) : max_(max) {}

  void begin(std::uint64_t directory, const std::string& name);
  // What the name stands for afterwards: an inode, or 0 for nothing.
  void end(std::uint64_t directory, const std::string& name, std::uint64_t inode);
  // As if it had not begun.
  void fail(std::uint64_t directory, const std::string& name);

  enum class State {
    foreign,   // the mount has not done this
    changing,  // the mount is at it: ask again later
    own,       // it left the name just so
  };
  State judge(std::uint64_t directory, const std::string& name, std::uint64_t inode) const;

 private:
  struct Record {
    std::uint32_t running = 0;
    bool done = false;  // `inode` holds
    std::uint64_t inode = 0;
  };
  static std::string key(std::uint64_t directory, const std::string& name) {
    return std::to_string(directory) + "/" + name;
  }

  const std::size_t max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Record> records_;
  std::list<std::string> in_order_;  // those that are done, the oldest first
};

}  // namespace dftp::server
