// What the client knows of each command: what answers it, and whether it may be sent again when the connection was lost
// before the reply came.
#pragma once

#include "proto/wire/message.h"

namespace dftp::client {

template <class Reply, bool Repeatable>
struct CommandRow {
  using reply = Reply;
  static constexpr bool repeatable = Repeatable;
};

template <class Request>
struct Command;
template <> struct Command<Hello> : CommandRow<HelloReply, false> {};
template <> struct Command<Login> : CommandRow<LoginReply, false> {};
template <> struct Command<Ping> : CommandRow<Empty, true> {};
template <> struct Command<Bye> : CommandRow<Empty, false> {};
template <> struct Command<List> : CommandRow<ListReply, true> {};
template <> struct Command<Stat> : CommandRow<StatReply, true> {};
template <> struct Command<ReadLink> : CommandRow<ReadLinkReply, true> {};
template <> struct Command<StatFs> : CommandRow<StatFsReply, true> {};
template <> struct Command<Md5Of> : CommandRow<Md5Reply, true> {};
template <> struct Command<Digests> : CommandRow<DigestsReply, true> {};
template <> struct Command<MakeDirectory> : CommandRow<Empty, false> {};
template <> struct Command<RemoveDirectory> : CommandRow<Empty, false> {};
template <> struct Command<Remove> : CommandRow<RemoveReply, false> {};
template <> struct Command<Rename> : CommandRow<Empty, false> {};
template <> struct Command<Symlink> : CommandRow<Empty, false> {};
template <> struct Command<Chmod> : CommandRow<Empty, true> {};
template <> struct Command<Utime> : CommandRow<Empty, true> {};
template <> struct Command<Get> : CommandRow<TransferReply, false> {};
template <> struct Command<Put> : CommandRow<TransferReply, false> {};
template <> struct Command<Abort> : CommandRow<Empty, false> {};

template <class Request>
using ReplyTo = typename Command<Request>::reply;

}  // namespace dftp::client
