// What the client knows of each command that a Connection's call() sends: what answers it, and whether it may be sent
// again when the connection was lost before the reply came.
#pragma once

#include <utility>

#include "proto/wire/exec.h"
#include "proto/wire/feed.h"
#include "proto/wire/message.h"
#include "proto/wire/talk.h"

namespace dftp::client {

enum class Again { yes, no };

template <class ReplyType, Again again>
struct CommandRow {
  using Reply = ReplyType;
  static constexpr bool repeatable = again == Again::yes;
};

// The table: one declaration a command, never defined.
CommandRow<EchoReply, Again::yes> row_of(const Echo&);
CommandRow<SayReply, Again::no> row_of(const Say&);
CommandRow<WhoReply, Again::yes> row_of(const Who&);
CommandRow<ListReply, Again::yes> row_of(const List&);
CommandRow<StatReply, Again::yes> row_of(const Stat&);
CommandRow<ReadLinkReply, Again::yes> row_of(const ReadLink&);
CommandRow<StatFsReply, Again::yes> row_of(const StatFs&);
CommandRow<KeptTimesReply, Again::yes> row_of(const KeptTimesOf&);
CommandRow<Md5Reply, Again::yes> row_of(const Md5Of&);
CommandRow<DigestsReply, Again::yes> row_of(const Digests&);
CommandRow<RootsReply, Again::yes> row_of(const RootsOf&);
CommandRow<Empty, Again::no> row_of(const MakeDirectory&);
CommandRow<RemoveReply, Again::no> row_of(const Remove&);
CommandRow<Empty, Again::no> row_of(const Rename&);
CommandRow<Empty, Again::no> row_of(const Symlink&);
CommandRow<Empty, Again::no> row_of(const RemoveDirectory&);
CommandRow<Empty, Again::yes> row_of(const Utime&);
CommandRow<Empty, Again::yes> row_of(const Chmod&);
CommandRow<Empty, Again::yes> row_of(const Touch&);
CommandRow<FindReply, Again::no> row_of(const Find&);
CommandRow<DiskUsageReply, Again::no> row_of(const DiskUsage&);
CommandRow<CopyReply, Again::no> row_of(const Copy&);
CommandRow<CopyReply, Again::no> row_of(const Fetch&);
CommandRow<Empty, Again::no> row_of(const Tail&);
CommandRow<Empty, Again::no> row_of(const Watch&);
CommandRow<Empty, Again::yes> row_of(const Stop&);
CommandRow<Receipt, Again::yes> row_of(const ReceiptOf&);
CommandRow<TransferReply, Again::no> row_of(const Get&);
CommandRow<TransferReply, Again::no> row_of(const Put&);
CommandRow<Empty, Again::no> row_of(const Abort&);
CommandRow<CommandsReply, Again::yes> row_of(const Commands&);
CommandRow<ExecReply, Again::no> row_of(const Exec&);

template <class Request>
using RowOf = decltype(row_of(std::declval<const Request&>()));
template <class Request>
using ReplyTo = typename RowOf<Request>::Reply;

}  // namespace dftp::client
