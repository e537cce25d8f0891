// What the client knows of each command that a Connection's call() sends: what answers it, and whether it may be sent
// again when the connection was lost before the reply came.
#pragma once

#include <utility>

#include "proto/wire/chat.h"
#include "proto/wire/exec.h"
#include "proto/wire/feed.h"
#include "proto/wire/message.h"

namespace dftp::client {

enum class Repeatable { yes, no };

template <class ReplyType, Repeatable again>
struct CommandRow {
  using Reply = ReplyType;
  static constexpr bool repeatable = again == Repeatable::yes;
};

// The table: one declaration a command, never defined.
CommandRow<EchoReply, Repeatable::yes> row_of(const Echo&);
CommandRow<SayReply, Repeatable::no> row_of(const Say&);
CommandRow<WhoReply, Repeatable::yes> row_of(const Who&);
CommandRow<ListReply, Repeatable::yes> row_of(const List&);
CommandRow<StatReply, Repeatable::yes> row_of(const Stat&);
CommandRow<ReadLinkReply, Repeatable::yes> row_of(const ReadLink&);
CommandRow<StatFsReply, Repeatable::yes> row_of(const StatFs&);
CommandRow<KeptTimesReply, Repeatable::yes> row_of(const KeptTimesOf&);
CommandRow<Md5Reply, Repeatable::yes> row_of(const Md5Of&);
CommandRow<DigestsReply, Repeatable::yes> row_of(const Digests&);
CommandRow<RootsReply, Repeatable::yes> row_of(const RootsOf&);
CommandRow<Empty, Repeatable::no> row_of(const MakeDirectory&);
CommandRow<RemoveReply, Repeatable::no> row_of(const Remove&);
CommandRow<Empty, Repeatable::no> row_of(const Rename&);
CommandRow<Empty, Repeatable::no> row_of(const Symlink&);
CommandRow<Empty, Repeatable::no> row_of(const RemoveDirectory&);
CommandRow<Empty, Repeatable::yes> row_of(const Utime&);
CommandRow<Empty, Repeatable::yes> row_of(const Chmod&);
CommandRow<Empty, Repeatable::yes> row_of(const Touch&);
CommandRow<FindReply, Repeatable::no> row_of(const Find&);
CommandRow<DiskUsageReply, Repeatable::no> row_of(const DiskUsage&);
CommandRow<CopyReply, Repeatable::no> row_of(const Copy&);
CommandRow<CopyReply, Repeatable::no> row_of(const Fetch&);
CommandRow<Empty, Repeatable::no> row_of(const Tail&);
CommandRow<Empty, Repeatable::no> row_of(const Watch&);
CommandRow<Receipt, Repeatable::yes> row_of(const ReceiptOf&);
CommandRow<TransferReply, Repeatable::no> row_of(const Get&);
CommandRow<TransferReply, Repeatable::no> row_of(const Put&);
CommandRow<CommandsReply, Repeatable::yes> row_of(const Commands&);
CommandRow<ExecEnded, Repeatable::no> row_of(const Exec&);

// The first part of the answer to those that go on after it.
TransferBegun first_part_of(const Get&);
TransferBegun first_part_of(const Put&);
ExecBegun first_part_of(const Exec&);

template <class Request>
using RowOf = decltype(row_of(std::declval<const Request&>()));
template <class Request>
using ReplyTo = typename RowOf<Request>::Reply;
template <class Request>
using PartOf = decltype(first_part_of(std::declval<const Request&>()));

}  // namespace dftp::client
