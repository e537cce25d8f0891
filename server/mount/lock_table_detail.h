// Inside of LockTable: what its parts share.
#pragma once

#include "server/mount/lock_table.h"

namespace dftp::server {

struct LockTable::File {
  explicit File(const FileKey& of) : key(of) {}
  const FileKey key;
  std::mutex turn;        // whose turn it is to ask the kernel
  std::size_t turns = 0;  // those that have it, or want it
  std::map<LockOwner, Held> owners;
  std::vector<WaitPointer> waits;  // in the order in which they came
};

struct LockTable::Wait {
  const WaitKey key;
  const std::shared_ptr<Handle> handle;
  const LockAsk ask;
  const Ended ended;
  FilePointer file{};
  bool counted = false;    // among the file's waits, and the uses of its owner
  bool asking = true;      // the kernel: whoever asks settles what becomes of it
  bool cancelled = false;  // meanwhile
  bool over = false;
  std::shared_ptr<LockThreads::Job> job{};
};

// What is to be called when nothing is locked any more.
class LockTable::Endings {
 public:
  Endings() = default;
  Endings(const Endings&) = delete;
  Endings& operator=(const Endings&) = delete;
  ~Endings() {
    for (const auto& [wait, error] : ended_) wait->ended(error);
  }
  void add(const WaitPointer& wait, int error) { ended_.emplace_back(wait, error); }

 private:
  std::vector<std::pair<WaitPointer, int>> ended_;
};

// One at a time asks the kernel about a file: so what is written down of it is what the kernel has.
class LockTable::Turn {
 public:
  Turn(LockTable& table, const FileKey& key) : table_(table), file(enter(table, key)), turn_(file->turn) {}
  ~Turn() {
    turn_.unlock();
    const std::lock_guard lock(table_.mutex_);
    if (--file->turns == 0 && file->owners.empty() && file->waits.empty()) table_.files_.erase(file->key);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  static FilePointer enter(LockTable& table, const FileKey& key) {
    const std::lock_guard lock(table.mutex_);
    FilePointer& file = table.files_[key];
    if (!file) file = std::make_shared<File>(key);
    ++file->turns;
    return file;
  }
  LockTable& table_;

 public:
  const FilePointer file;

 private:
  std::unique_lock<std::mutex> turn_;
};

}  // namespace dftp::server
