// What answers each command of a mount. They are sent again by MountSession, which knows what the server does once.
#pragma once

#include "client/commands.h"
#include "proto/wire/mount_files.h"

namespace dftp::fs {

template <class Reply>
using Row = client::CommandRow<Reply, client::Again::no>;

// The table: one declaration a command, never defined.
Row<MountReply> row_of(const Mount&);
Row<MountReply> row_of(const Remount&);
Row<Empty> row_of(const Unmount&);
Row<StreamsReply> row_of(const Streams&);
Row<Empty> row_of(const Forget&);
Row<EntryReply> row_of(const Lookup&);
Row<ReaddirReply> row_of(const Readdir&);
Row<EntryReply> row_of(const Mkdir&);
Row<EntryReply> row_of(const Mknod&);
Row<EntryReply> row_of(const Symlink&);
Row<EntryReply> row_of(const Link&);
Row<ReadlinkReply> row_of(const Readlink&);
Row<RemovedReply> row_of(const Unlink&);
Row<RemovedReply> row_of(const Rmdir&);
Row<RenameReply> row_of(const Rename&);
Row<AttrReply> row_of(const Getattr&);
Row<AttrReply> row_of(const Setattr&);
Row<Empty> row_of(const CheckAccess&);
Row<StatfsReply> row_of(const Statfs&);
Row<XattrReply> row_of(const Getxattr&);
Row<XattrNamesReply> row_of(const Listxattr&);
Row<AttrReply> row_of(const Setxattr&);
Row<AttrReply> row_of(const Removexattr&);
Row<OpenReply> row_of(const Open&);
Row<OpenReply> row_of(const Create&);
Row<AttrReply> row_of(const Release&);
Row<Empty> row_of(const Fsync&);
Row<AttrReply> row_of(const Fallocate&);
Row<SeekReply> row_of(const Seek&);
Row<CopyRangeReply> row_of(const CopyRange&);
Row<LockReply> row_of(const Lock&);
Row<GetLockReply> row_of(const GetLock&);
Row<Empty> row_of(const CancelWait&);

}  // namespace dftp::fs
