#include "proto/transfer/exec_blocks.h"

#include <algorithm>

#include "proto/net/block_channel.h"
#include "proto/wire/error_block.h"
#include "proto/wire/limits.h"

namespace dftp {

net::Task<Result<ExecBlock>> ExecBlocks::next() {
  for (;;) {
    const auto header = co_await net::read_block_header(*stream_, Carries::command);
    if (!header) co_return std::unexpected(header.error());
    auto payload = co_await net::read_payload(*stream_, header->length);
    if (!payload) co_return std::unexpected(payload.error());
    if (header->type == BlockType::abort) co_return std::unexpected(error_from(*payload));
    if (header->type != BlockType::alive && !is_skipped(header->type))
      co_return ExecBlock{header->type, std::move(*payload)};
  }
}

net::Task<Result<void>> ExecBlocks::send(BlockType type, Bytes payload) {
  while (sending_) co_await sent_.wait();
  sending_ = true;
  do {
    const Bytes piece = payload.first(std::min<std::size_t>(payload.size(), limits::exec_payload));
    if (health_) health_ = co_await send_one(type, piece);
    payload = payload.subspan(piece.size());
  } while (!payload.empty());
  sending_ = false;
  sent_.notify_all();
  co_return health_;
}

net::Task<Result<void>> ExecBlocks::send_one(BlockType type, Bytes payload) {
  // In one piece: a TLS record and a packet for each line of output, not two.
  const auto block = encode_block({.type = type}, payload);
  const Bytes bytes = block;
  co_return co_await stream_->write(bytes);
}

}  // namespace dftp
