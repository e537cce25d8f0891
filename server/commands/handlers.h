// All commands, one handler each; docs/protocol says what they mean. Who may use them stands in table.cpp, not here.
#pragma once

#include "proto/wire/chat.h"
#include "proto/wire/exec.h"
#include "proto/wire/feed.h"
#include "proto/wire/message.h"
#include "proto/wire/mount_files.h"
#include "server/session/active_request.h"

namespace dftp::server::commands {

// login.cpp
net::Task<Result<HelloReply>> hello(ControlSession& session, const Hello& request);
net::Task<Result<LoginReply>> login(ControlSession& session, const Login& request);
net::Task<Result<Empty>> ping(ControlSession& session, const Ping& request);
net::Task<Result<Empty>> cancel(ControlSession& session, const Cancel& request);
net::Task<Result<Empty>> bye(ControlSession& session, const Bye& request);

// chat.cpp
net::Task<Result<EchoReply>> echo(ControlSession& session, const Echo& request);
net::Task<Result<SayReply>> say(ControlSession& session, const Say& request);
net::Task<Result<WhoReply>> who(ControlSession& session, const Who& request);

// browse.cpp
net::Task<Result<ListReply>> list(ControlSession& session, const List& request);
Result<StatReply> stat(Storage& storage, const Stat& request);
Result<ReadLinkReply> read_link(Storage& storage, const ReadLink& request);
Result<StatFsReply> space(Storage& storage, const StatFs& request);
Result<KeptTimesReply> kept_times(Storage& storage, const KeptTimesOf& request);

// digest.cpp
net::Task<Result<Md5Reply>> md5_of(ActiveRequest& call, const Md5Of& request);
net::Task<Result<DigestsReply>> digests(ActiveRequest& call, const Digests& request);
net::Task<Result<RootsReply>> roots_of(ActiveRequest& call, const RootsOf& request);

// modify.cpp
Result<Empty> make_directory(Storage& storage, const MakeDirectory& request);
Result<Empty> remove_directory(Storage& storage, const RemoveDirectory& request);
net::Task<Result<RemoveReply>> remove(ActiveRequest& call, const Remove& request);
Result<Empty> rename(Storage& storage, const Rename& request);
Result<Empty> symlink(Storage& storage, const Symlink& request);
Result<Empty> chmod(Storage& storage, const Chmod& request);
Result<Empty> utime(Storage& storage, const Utime& request);
Result<Empty> touch(Storage& storage, const Touch& request);

// copy.cpp
net::Task<Result<CopyReply>> copy(ActiveRequest& call, const Copy& request);

// watch.cpp
net::Task<Result<Empty>> tail(ActiveRequest& call, const Tail& request);
net::Task<Result<Empty>> watch(ActiveRequest& call, const Watch& request);

// tree.cpp
net::Task<Result<FindReply>> find(ActiveRequest& call, const Find& request);
net::Task<Result<DiskUsageReply>> disk_usage(ActiveRequest& call, const DiskUsage& request);

// transfer.cpp
net::Task<Result<TransferReply>> get(ActiveRequest& call, const Get& request);
net::Task<Result<TransferReply>> put(ActiveRequest& call, const Put& request);
net::Task<Result<Receipt>> receipt(ControlSession& session, const ReceiptOf& request);

// exec.cpp
net::Task<Result<CommandsReply>> commands_of(ControlSession& session, const Commands& request);
net::Task<Result<ExecEnded>> exec(ActiveRequest& call, const Exec& request);
// fetch.cpp
net::Task<Result<CopyReply>> fetch(ActiveRequest& call, const Fetch& request);

// mount.cpp; what else a mount does is in server/mount/operations.h
net::Task<Result<fs::MountReply>> mount(ControlSession& session, const fs::Mount& request);
net::Task<Result<fs::MountReply>> remount(ControlSession& session, const fs::Remount& request);
net::Task<Result<Empty>> unmount(ControlSession& session, const fs::Unmount& request);
net::Task<Result<fs::StreamsReply>> streams(ControlSession& session, const fs::Streams& request);
net::Task<Result<fs::LockReply>> lock(ActiveRequest& call, const fs::Lock& request);
net::Task<Result<fs::GetLockReply>> get_lock(ControlSession& session, const fs::GetLock& request);

}  // namespace dftp::server::commands
