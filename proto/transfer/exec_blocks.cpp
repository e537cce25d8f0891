#include "proto/transfer/exec_blocks.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp {

net::Task<Result<ExecBlock>> ExecBlocks::next() {
  for (;;) {
    std::array<std::byte, exec_header_bytes> bytes;
    auto read = co_await net::read_exactly(*stream_, bytes);
    if (!read) co_return std::unexpected(read.error());
    const auto header = decode_exec_header(bytes);
    if (!header) co_return std::unexpected(header.error());
    ExecBlock block{header->type, std::vector<std::byte>(header->length)};
    const MutableBytes payload = block.payload;
    if (!payload.empty()) read = co_await net::read_exactly(*stream_, payload);
    if (!read) co_return std::unexpected(read.error());
    if (block.type != ExecBlockType::alive) co_return block;
  }
}

net::Task<Result<void>> ExecBlocks::send(ExecBlockType type, Bytes payload) {
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

net::Task<Result<void>> ExecBlocks::send_one(ExecBlockType type, Bytes payload) {
  const auto header = encode_exec_header({static_cast<std::uint32_t>(payload.size()), type});
  // In one piece: a TLS record and a packet for each line of output, not two.
  std::vector<std::byte> block(header.begin(), header.end());
  block.insert(block.end(), payload.begin(), payload.end());
  const Bytes bytes = block;
  co_return co_await stream_->write(bytes);
}

}  // namespace dftp
