// What a mount can do, one function each; docs/protocol/mount.md says what they mean. All of them block, on a disk
// thread. Whose they may be stands in the table of commands; that a request may name a caller has been checked.
#pragma once

#include "server/mount/mount_state.h"

namespace dftp::server::operations {

// names.cpp
Result<fs::EntryReply> lookup(MountState& mount, const fs::Lookup& request);
Result<fs::EntryReply> mkdir(MountState& mount, const fs::Mkdir& request);
Result<fs::EntryReply> mknod(MountState& mount, const fs::Mknod& request);
Result<fs::EntryReply> symlink(MountState& mount, const fs::Symlink& request);
Result<fs::EntryReply> link(MountState& mount, const fs::Link& request);
Result<fs::ReadlinkReply> readlink(MountState& mount, const fs::Readlink& request);
Result<Empty> forget(MountState& mount, const fs::Forget& request);

// read_directory.cpp
Result<fs::ReaddirReply> readdir(MountState& mount, const fs::Readdir& request);

// removal.cpp Whether it takes no longer for a large file than for a small one: its space is given
// back with the last name.
bool is_small(MountState& mount, const fs::Unlink& request);
Result<fs::RemovedReply> unlink(MountState& mount, const fs::Unlink& request);
Result<fs::RemovedReply> rmdir(MountState& mount, const fs::Rmdir& request);
Result<fs::RenameReply> rename(MountState& mount, const fs::Rename& request);

// attributes.cpp
Result<fs::AttrReply> getattr(MountState& mount, const fs::Getattr& request);
Result<fs::AttrReply> setattr(MountState& mount, const fs::Setattr& request);
Result<Empty> access(MountState& mount, const fs::CheckAccess& request);
Result<fs::StatfsReply> statfs(MountState& mount, const fs::Statfs& request);

// xattrs.cpp
Result<fs::XattrReply> getxattr(MountState& mount, const fs::Getxattr& request);
Result<fs::XattrNamesReply> listxattr(MountState& mount, const fs::Listxattr& request);
Result<fs::AttrReply> setxattr(MountState& mount, const fs::Setxattr& request);
Result<fs::AttrReply> removexattr(MountState& mount, const fs::Removexattr& request);

// files.cpp
Result<fs::OpenReply> open(MountState& mount, const fs::Open& request);
Result<fs::OpenReply> create(MountState& mount, const fs::Create& request);
// Whether it takes no longer for a large file than for a small one.
bool is_small(MountState& mount, const fs::Release& request);
Result<fs::AttrReply> release(MountState& mount, const fs::Release& request);
Result<Empty> fsync(MountState& mount, const fs::Fsync& request);

// file_space.cpp
Result<fs::AttrReply> fallocate(MountState& mount, const fs::Fallocate& request);
Result<fs::SeekReply> seek(MountState& mount, const fs::Seek& request);
Result<fs::CopyRangeReply> copy_range(MountState& mount, const fs::CopyRange& request);

}  // namespace dftp::server::operations
