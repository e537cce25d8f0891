// What answers each command of a mount. They are sent again by MountSession, which knows what the server does once.
#pragma once

#include "client/commands.h"
#include "proto/wire/mount_files.h"

namespace dftp::fs {

template <class Reply>
using MountRow = client::CommandRow<Reply, client::Repeatable::no>;

// The table: one declaration a command, never defined.
MountRow<MountReply> row_of(const Mount&);
MountRow<MountReply> row_of(const Remount&);
MountRow<Empty> row_of(const Unmount&);
MountRow<StreamsReply> row_of(const Streams&);
MountRow<Empty> row_of(const Forget&);
MountRow<EntryReply> row_of(const Lookup&);
MountRow<ReaddirReply> row_of(const Readdir&);
MountRow<EntryReply> row_of(const Mkdir&);
MountRow<EntryReply> row_of(const Mknod&);
MountRow<EntryReply> row_of(const Symlink&);
MountRow<EntryReply> row_of(const Link&);
MountRow<ReadlinkReply> row_of(const Readlink&);
MountRow<RemovedReply> row_of(const Unlink&);
MountRow<RemovedReply> row_of(const Rmdir&);
MountRow<RenameReply> row_of(const Rename&);
MountRow<AttrReply> row_of(const Getattr&);
MountRow<AttrReply> row_of(const Setattr&);
MountRow<Empty> row_of(const CheckAccess&);
MountRow<StatfsReply> row_of(const Statfs&);
MountRow<XattrReply> row_of(const Getxattr&);
MountRow<XattrNamesReply> row_of(const Listxattr&);
MountRow<AttrReply> row_of(const Setxattr&);
MountRow<AttrReply> row_of(const Removexattr&);
MountRow<OpenReply> row_of(const Open&);
MountRow<OpenReply> row_of(const Create&);
MountRow<AttrReply> row_of(const Release&);
MountRow<Empty> row_of(const Fsync&);
MountRow<AttrReply> row_of(const Fallocate&);
MountRow<SeekReply> row_of(const Seek&);
MountRow<CopyRangeReply> row_of(const CopyRange&);
MountRow<LockReply> row_of(const Lock&);
MountRow<GetLockReply> row_of(const GetLock&);

}  // namespace dftp::fs
