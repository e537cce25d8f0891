// A data connection of a mount: reads and writes, carried out side by side and answered in any order.
// docs/protocol/mount.md, "Reading and writing".
#pragma once

#include <atomic>
#include <deque>
#include <map>

#include "proto/net/disk_pool.h"
#include "server/mount/file_io.h"

namespace dftp::server {

// Lives on one loop.
class DataConnection : public std::enable_shared_from_this<DataConnection> {
 public:
  DataConnection(net::DiskPool& disk, net::Executor executor, std::shared_ptr<MountState> mount,
                 std::unique_ptr<net::Stream> stream);

  // Until the connection is over and all that it has begun has ended. Whoever calls holds this object.
  net::Task<void> run();
  // What was not taken from it by now is not carried out.
  void close();

 private:
  struct Answer {
    AnswerBlock block;
    std::size_t cost = 0;  // what the request has counted for
  };
  using Cancelled = std::shared_ptr<std::atomic<bool>>;

  net::Task<Result<void>> read_requests();
  net::Task<Result<void>> take_requests();
  net::Task<Result<void>> write_answers();
  net::Task<Result<void>> write_until_done();
  Result<void> take(ReceivedMountBlock received);
  void take_read(const MountBlock& block, Bytes payload);
  void flush_writes();
  net::Task<void> carry_out_read(std::shared_ptr<DataConnection> self, MountBlock block, std::uint32_t count);
  net::Task<void> carry_out_writes(std::shared_ptr<DataConnection> self, std::vector<ReceivedMountBlock> writes);
  // `cost`: what the request has counted for already.
  void answer(AnswerBlock block, std::size_t cost);
  // Of a request that has counted for nothing: the answer costs what it takes until it is written.
  void answer_at_once(AnswerBlock block);
  bool full();
  bool done() const { return ended_ && requests_ == 0; }

  net::DiskPool& disk_;
  const net::Executor executor_;
  const std::shared_ptr<MountState> mount_;
  const std::unique_ptr<net::Stream> stream_;
  const Check check_;
  MountBlockReader reader_;
  net::Signal changed_;
  std::vector<ReceivedMountBlock> writes_;  // to be carried out together
  std::size_t writes_bytes_ = 0;
  std::map<std::uint64_t, Cancelled> reads_;  // those that wait for the disk
  std::deque<Answer> answers_;
  std::size_t requests_ = 0, bytes_ = 0;  // without an answer
  Portion budget_;                        // what waits here, of the user's
  bool ended_ = false;                    // no more requests come
  bool broken_ = false;                   // no more answers can be given
};

}  // namespace dftp::server
