// What a mount can do, one function each; docs/protocol/mount.md says what they mean. All of them block, on a disk
// thread. Whose they may be stands in the table of commands; that a request may name a caller has been checked.
#pragma once

#include "server/mount/mount_state.h"

namespace dftp::fs {

// names.cpp
Result<EntryReply> lookup(MountState& mount, const Lookup& request);
Result<EntryReply> make_directory(MountState& mount, const MakeDirectory& request);
Result<EntryReply> make_node(MountState& mount, const MakeNode& request);
Result<EntryReply> make_symlink(MountState& mount, const MakeSymlink& request);
Result<EntryReply> make_link(MountState& mount, const MakeLink& request);
Result<ReadSymlinkReply> read_symlink(MountState& mount, const ReadSymlink& request);
Result<Empty> forget(MountState& mount, const Forget& request);

// read_directory.cpp
Result<ReadDirectoryReply> read_directory(MountState& mount, const ReadDirectory& request);

// removal.cpp Whether it takes no longer for a large file than for a small one: its space is given
// back with the last name.
bool is_small(MountState& mount, const Unlink& request);
Result<RemovedReply> unlink(MountState& mount, const Unlink& request);
Result<RemovedReply> remove_directory(MountState& mount, const RemoveDirectory& request);
Result<MovedReply> move(MountState& mount, const Move& request);

// attributes.cpp
Result<AttrReply> get_attr(MountState& mount, const GetAttr& request);
Result<AttrReply> set_attr(MountState& mount, const SetAttr& request);
Result<Empty> may_access(MountState& mount, const MayAccess& request);
Result<SpaceReply> space(MountState& mount, const Space& request);

// xattrs.cpp
Result<XattrReply> get_xattr(MountState& mount, const GetXattr& request);
Result<XattrNamesReply> list_xattr(MountState& mount, const ListXattr& request);
Result<AttrReply> set_xattr(MountState& mount, const SetXattr& request);
Result<AttrReply> remove_xattr(MountState& mount, const RemoveXattr& request);

// files.cpp
Result<OpenReply> open(MountState& mount, const Open& request);
Result<OpenReply> create(MountState& mount, const Create& request);
// Whether it takes no longer for a large file than for a small one.
bool is_small(MountState& mount, const Release& request);
Result<AttrReply> release(MountState& mount, const Release& request);
Result<Empty> sync(MountState& mount, const Sync& request);

// file_space.cpp
Result<AttrReply> allocate(MountState& mount, const Allocate& request);
Result<SeekReply> seek(MountState& mount, const Seek& request);
Result<CopyRangeReply> copy_range(MountState& mount, const CopyRange& request);

}  // namespace dftp::fs
