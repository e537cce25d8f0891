#include "proto/transfer/attached_stream.h"

#include <algorithm>
#include <cstring>

#include "proto/net/block_channel.h"
#include "proto/wire/error_block.h"

namespace dftp {
namespace {

net::Task<Result<void>> send_proof(net::Stream& stream, BlockType type, AttachProof proof, std::uint8_t flags = 0) {
  std::array<std::byte, attach_bytes> payload;
  std::ranges::copy(proof.identity, payload.begin());
  std::ranges::copy(proof.proof, payload.begin() + proof.identity.size());
  const auto block = encode_block({.type = type, .flags = flags}, payload);
  const Bytes bytes = block;
  co_return co_await stream.write(bytes);
}

net::Task<Result<AttachProof>> read_proof(net::Stream& stream) {
  std::array<std::byte, attach_bytes> bytes;
  if (auto read = co_await net::read_exactly(stream, bytes); !read) co_return std::unexpected(read.error());
  AttachProof proof;
  std::memcpy(proof.identity.data(), bytes.data(), proof.identity.size());
  std::memcpy(proof.proof.data(), bytes.data() + proof.identity.size(), proof.proof.size());
  co_return proof;
}

}  // namespace

net::Task<Result<void>> send_attach(net::Stream& stream, const Ticket& ticket) {
  co_return co_await send_proof(stream, BlockType::attach, ticket.attach());
}

net::Task<Result<void>> send_early_attach(net::Stream& stream, const Ticket& ticket) {
  co_return co_await send_proof(stream, BlockType::attach, ticket.attach(), block_flags::early);
}

net::Task<Result<void>> send_attached(net::Stream& stream, const Ticket& ticket) {
  co_return co_await send_proof(stream, BlockType::attached, ticket.attached());
}

net::Task<Result<AttachRequest>> read_attach(net::Stream& stream, Bytes begun) {
  const auto header = co_await net::read_block_header(stream, Carries::attaching, begun);
  if (!header) co_return std::unexpected(header.error());
  if (header->type != BlockType::attach) co_return fail(Code::protocol, "block", "`attach` comes first");
  auto proof = co_await read_proof(stream);
  if (!proof) co_return std::unexpected(std::move(proof.error()));
  co_return AttachRequest{*proof, (header->flags & block_flags::early) != 0};
}

net::Task<Result<void>> check_attached(net::Stream& stream, const Ticket& ticket) {
  const auto header = co_await net::read_block_header(stream, Carries::attaching);
  if (!header) co_return std::unexpected(header.error());
  if (header->type == BlockType::abort) {
    const auto payload = co_await net::read_payload(stream, header->length);
    if (!payload) co_return std::unexpected(payload.error());
    Error refused = error_from(*payload);
    // The session that it was for has ended, or the server was started again: a new attempt gets another one.
    if (refused.code == Code::login_failed) refused.code = Code::disconnected;
    co_return std::unexpected(std::move(refused));
  }
  if (header->type != BlockType::attached) co_return fail(Code::protocol, "block", "`attached` comes first");
  const auto proof = co_await read_proof(stream);
  if (!proof) co_return std::unexpected(proof.error());
  if (!ticket.proves_attached(*proof)) {
    co_return fail(Code::identity, stream.peer(),
                   "a data connection was answered by somebody who does not know its ticket");
  }
  co_return Result<void>();
}

net::Task<Result<std::size_t>> AttachedStream::read_some(MutableBytes out) {
  if (!checked_) {
    if (auto attached = co_await check_attached(*inner_, ticket_); !attached) {
      co_return std::unexpected(std::move(attached.error()));
    }
    checked_ = true;
  }
  co_return co_await inner_->read_some(out);
}

}  // namespace dftp
