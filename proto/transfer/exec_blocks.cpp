#include "proto/transfer/exec_blocks.h"

#include <algorithm>

#include "proto/wire/error_block.h"
#include "proto/wire/limits.h"

namespace dftp {

net::Task<Result<ExecBlock>> ExecBlocks::next() {
  for (;;) {
    std::array<std::byte, block_header_bytes> bytes;
    auto read = co_await net::read_exactly(*stream_, bytes);
    if (!read) co_return std::unexpected(read.error());
    const auto header = decode_block_header(bytes, Carries::command);
    if (!header) co_return std::unexpected(header.error());
    ExecBlock block{header->type, std::vector<std::byte>(header->length)};
    const MutableBytes payload = block.payload;
    if (!payload.empty()) read = co_await net::read_exactly(*stream_, payload);
    if (!read) co_return std::unexpected(read.error());
    if (block.type == BlockType::abort) co_return std::unexpected(error_from(payload));
    if (block.type != BlockType::alive && !is_skipped(block.type)) co_return block;
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
  std::vector<std::byte> block(block_header_bytes + payload.size());
  encode_block_header({.length = static_cast<std::uint32_t>(payload.size()), .type = type},
                      std::span(block).first<block_header_bytes>());
  std::ranges::copy(payload, block.begin() + block_header_bytes);
  const Bytes bytes = block;
  co_return co_await stream_->write(bytes);
}

}  // namespace dftp
