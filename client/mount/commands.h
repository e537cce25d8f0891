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
Row<ReadDirectoryReply> row_of(const ReadDirectory&);
Row<EntryReply> row_of(const MakeDirectory&);
Row<EntryReply> row_of(const MakeNode&);
Row<EntryReply> row_of(const MakeSymlink&);
Row<EntryReply> row_of(const MakeLink&);
Row<ReadSymlinkReply> row_of(const ReadSymlink&);
Row<RemovedReply> row_of(const Unlink&);
Row<RemovedReply> row_of(const RemoveDirectory&);
Row<MovedReply> row_of(const Move&);
Row<AttrReply> row_of(const GetAttr&);
Row<AttrReply> row_of(const SetAttr&);
Row<Empty> row_of(const MayAccess&);
Row<SpaceReply> row_of(const Space&);
Row<XattrReply> row_of(const GetXattr&);
Row<XattrNamesReply> row_of(const ListXattr&);
Row<AttrReply> row_of(const SetXattr&);
Row<AttrReply> row_of(const RemoveXattr&);
Row<OpenReply> row_of(const Open&);
Row<OpenReply> row_of(const Create&);
Row<AttrReply> row_of(const Release&);
Row<Empty> row_of(const Sync&);
Row<AttrReply> row_of(const Allocate&);
Row<SeekReply> row_of(const Seek&);
Row<CopyRangeReply> row_of(const CopyRange&);
Row<LockReply> row_of(const Lock&);
Row<GetLockReply> row_of(const GetLock&);
Row<Empty> row_of(const CancelWait&);

}  // namespace dftp::fs
