// A directory while things are put into it: its owner may write to it meanwhile, whatever its mode is.
#pragma once

#include <cstdint>
#include <memory>

#include "proto/storage/storage.h"
#include "proto/transfer/modes.h"

namespace dftp {

// Gives the directory its mode when it goes away, also when the transfer has ended in the middle. Used on the pool;
// only the last of that may come on a loop, and is a call or two.
class FilledDirectory {
 public:
  // Makes it for a sender's directory of this mode, or opens what is there, also where a link leads to it. Code::
  // not_directory for anything else.
  static Result<std::unique_ptr<FilledDirectory>> open(std::shared_ptr<Storage> storage, const RemotePath& path,
                                                       std::uint32_t mode, Modes modes);
  ~FilledDirectory();
  FilledDirectory(const FilledDirectory&) = delete;
  FilledDirectory& operator=(const FilledDirectory&) = delete;

  bool made() const { return made_; }
  // All that belongs into it is there. What was there before and belongs to somebody else keeps what cannot be set.
  Result<void> finish(std::int64_t mtime_ns);

 private:
  FilledDirectory(std::shared_ptr<Storage> storage, RemotePath path)
      : storage_(std::move(storage)), path_(std::move(path)) {}
  Result<void> take_over(std::uint32_t wanted, Modes modes);
  Result<void> give_mode();

  const std::shared_ptr<Storage> storage_;
  RemotePath path_;  // no link
  bool made_ = false;
  std::uint32_t mode_ = 0, final_mode_ = 0;  // as it is now, and as it shall be
};

}  // namespace dftp
