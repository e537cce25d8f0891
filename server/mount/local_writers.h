// Files that mounts read and programs of this machine have open for writing: such a program may
// write to them through a memory mapping, of which no notice tells. docs/decisions/0028.
#pragma once

#include <unordered_set>
#include <vector>

#include "server/mount/handles.h"

namespace dftp::server {

// One thread at a time.
class LocalWriters {
 public:
  LocalWriters();

  // Which of the files of these handles have changed, perhaps: some local program has them open for
  // writing, or had when this was asked last. A file that a mount itself writes to is none, as the
  // kernel does not tell whose writing it is.
  std::vector<FileKey> look(const std::vector<std::shared_ptr<Handle>>& handles);
  // It is to be among those that have changed the next time, too: not everybody could be told.
  void again(const FileKey& key) { written_.insert(key); }

 private:
  std::unordered_set<FileKey, FileKeyHash> written_;
};

}  // namespace dftp::server
