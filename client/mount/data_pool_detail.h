// Inside of DataPool: what its parts share.
#pragma once

#include "client/mount/data_pool.h"

namespace dftp::client {

struct DataPool::PendingIo {
  explicit PendingIo(net::Executor executor) : done(std::move(executor)) {}

  MountBlock block;  // without its request number
  std::uint32_t count = 0;
  SharedBuffer data;        // of a write
  std::uint64_t acked = 0;  // told before an append
  WriteResult written;
  bool sent = false;  // ever
  std::optional<Result<ReadResult>> result;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  net::Signal done;

  bool is_write() const { return block.type == BlockType::write; }
  bool is_append() const { return is_write() && block.flags & block_flags::append; }
};

// One data connection.
struct DataPool::Lane {
  Lane(net::Executor executor, std::unique_ptr<net::Stream> connected)
      : stream(std::move(connected)), to_send(executor), to_receive(executor) {}

  std::unique_ptr<net::Stream> stream;
  std::deque<PendingIoPointer> outgoing;
  std::map<std::uint64_t, PendingIoPointer> under_way;  // by request number
  std::size_t bytes = 0;                                // of both
  bool ended = false;
  net::Signal to_send, to_receive;

  std::size_t jobs() const { return outgoing.size() + under_way.size(); }
};

}  // namespace dftp::client
