#include "server/mount/local_writers.h"

#include <fcntl.h>
#include <signal.h>

#include <cerrno>

namespace dftp::server {
namespace {

// The kernel refuses a read lease while somebody has the file open for writing. One that it grants
// is given back at once: who opens the file for writing meanwhile waits for some microseconds.
bool has_writer(int file) {
  if (::fcntl(file, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
  (void)::fcntl(file, F_SETLEASE, F_UNLCK);
  return false;
}

}  // namespace

LocalWriters::LocalWriters() {
  // By this the kernel tells that somebody wants what a lease keeps; it would end the process.
  (void)::signal(SIGIO, SIG_IGN);
}

std::vector<FileKey> LocalWriters::look(const std::vector<std::shared_ptr<Handle>>& handles) {
  std::unordered_set<FileKey, FileKeyHash> done, written;
  for (const auto& handle : handles)
    if (handle->writes()) done.insert(handle->key);
  for (const auto& handle : handles)
    if (done.insert(handle->key).second && has_writer(handle->file->number())) written.insert(handle->key);
  std::vector<FileKey> changed(written.begin(), written.end());
  // What was written last may have come after it was told last.
  for (const FileKey& key : written_)
    if (!written.contains(key)) changed.push_back(key);
  written_ = std::move(written);
  return changed;
}

}  // namespace dftp::server
