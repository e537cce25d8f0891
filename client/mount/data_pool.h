// Reads and writes over a mount's data connections: given to the one with the least to do, answered in any order. What
// was under way on a connection that is lost goes over another one, or waits for one.
// docs/protocol/mount.md, "Reading and writing".
// Belongs to one loop.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "client/mount/buffer.h"
#include "proto/net/stream.h"
#include "proto/wire/mount_block.h"

namespace dftp::client {

struct ReadResult {
  SharedBuffer data;     // shorter than asked for: the file ends there
  std::uint64_t at = 0;  // number of the last event before it was read
};

struct WriteResult {
  WrittenAttr attr;
  std::uint64_t offset = 0;  // where the bytes stand
  std::uint64_t at = 0;
};

// Of an append that is carried out once, as fs::Once.
struct AppendSeq {
  std::uint64_t seq = 0;
  std::uint64_t acked = 0;  // 0: nothing to say
};

class DataPool : public std::enable_shared_from_this<DataPool> {
 public:
  // A request fails with Code::timed_out when for so long nothing of any request has been answered; without a
  // connection, when there was none for so long.
  DataPool(net::Executor executor, net::Duration wait_limit);

  // Serves requests over an attached connection until it fails.
  void add(std::unique_ptr<net::Stream> stream);
  std::size_t connections() const { return lanes_.size(); }
  // Ends all connections; what was under way waits for new ones. The server is known to be silent since then.
  void disconnect(std::chrono::steady_clock::time_point since);
  // The server is there again: connections follow.
  void expect();
  // Waits until a connection is lost.
  net::Task<void> until_lost();
  // What waits and what is under way fails: its handles are worth nothing any more. With Code::io an append of which
  // nobody knows whether it was carried out.
  void fail_all(const Error& why);

  // `ahead`: nobody waits for it yet, so others go first. At most limits::mount_io_bytes.
  net::Task<Result<ReadResult>> read(std::uint64_t handle, std::uint64_t offset, std::uint32_t count, bool ahead);
  // Nobody may change the bytes until it is done.
  net::Task<Result<WriteResult>> write(std::uint64_t handle, std::uint64_t offset, SharedBuffer data);
  // At the end of the file.
  net::Task<Result<WriteResult>> append(std::uint64_t handle, SharedBuffer data, AppendSeq seq);

  std::size_t waiting() const;  // requests without an answer
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  struct PendingIo;
  struct Lane;
  using PendingIoPointer = std::shared_ptr<PendingIo>;
  using LanePointer = std::shared_ptr<Lane>;
  using Self = std::shared_ptr<DataPool>;

  void submit(const PendingIoPointer& job, bool ahead);
  net::Task<Result<WriteResult>> carry_out(PendingIoPointer write);
  // When it is given up, if nothing is answered until then.
  std::chrono::steady_clock::time_point deadline(const PendingIo& job) const;
  void dispatch();
  Lane* free_lane() const;
  static bool goes_along(const PendingIo& job);
  net::Task<void> answered(PendingIoPointer job);
  void finish(const PendingIoPointer& job, Result<ReadResult> result);
  void end(const LanePointer& lane);
  static net::Task<void> send_pending(Self self, LanePointer lane);
  static net::Task<void> receive_answers(Self self, LanePointer lane);
  static net::Task<void> watch(std::weak_ptr<DataPool> weak);
  void expire();
  net::Task<Result<void>> send(Lane& lane, const std::vector<PendingIoPointer>& jobs);
  net::Task<Result<void>> receive(Lane& lane);
  net::Task<Result<void>> receive_data(Lane& lane, PendingIo& job, const MountBlock& block);

  const net::Executor executor_;
  const net::Duration wait_limit_;
  std::vector<LanePointer> lanes_;
  std::deque<PendingIoPointer> now_, ahead_;  // for which no connection has room
  std::chrono::steady_clock::time_point progress_;
  std::optional<std::chrono::steady_clock::time_point> down_since_;  // there is no connection
  std::optional<std::chrono::steady_clock::time_point> gave_up_;     // nothing was answered since
  std::uint64_t last_request_ = 0;
  std::uint64_t bytes_in_ = 0, bytes_out_ = 0;
  bool watched_ = false;
  net::Signal lost_;
};

}  // namespace dftp::client
