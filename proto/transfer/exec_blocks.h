// The data connection of a remote command, at either end. docs/protocol/exec.md.
#pragma once

#include <memory>
#include <vector>

#include "proto/net/stream.h"
#include "proto/wire/block.h"

namespace dftp {

struct ExecBlock {
  BlockType type = BlockType::alive;
  std::vector<std::byte> payload;
};

// Lives on one loop. One task reads; any number may send.
class ExecBlocks {
 public:
  ExecBlocks(std::unique_ptr<net::Stream> stream, net::Executor executor)
      : stream_(std::move(stream)), sent_(std::move(executor)) {}

  // The next one that is not `alive` and not skipped.
  net::Task<Result<ExecBlock>> next();
  // A payload over limits::exec_payload goes in pieces. Waits for those that were there before. Once one has failed all
  // do, with its error.
  net::Task<Result<void>> send(BlockType type, Bytes payload);
  net::Stream& stream() { return *stream_; }

 private:
  net::Task<Result<void>> send_one(BlockType type, Bytes payload);

  const std::unique_ptr<net::Stream> stream_;
  bool sending_ = false;
  Result<void> health_;
  net::Signal sent_;
};

}  // namespace dftp
