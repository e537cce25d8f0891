#include "proto/net/block_channel.h"

#include <algorithm>

namespace dftp::net {

Task<Result<BlockHeader>> read_block_header(Stream& stream, Carries carries, Bytes begun) {
  std::array<std::byte, block_header_bytes> bytes;
  std::ranges::copy(begun, bytes.begin());
  const MutableBytes rest = MutableBytes(bytes).subspan(begun.size());
  if (auto read = co_await read_exactly(stream, rest); !read) co_return std::unexpected(read.error());
  co_return decode_block_header(bytes, carries);
}

Task<Result<std::vector<std::byte>>> read_payload(Stream& stream, std::uint32_t length) {
  std::vector<std::byte> payload(length);
  const MutableBytes room = payload;
  if (room.empty()) co_return payload;
  if (auto read = co_await read_exactly(stream, room); !read) co_return std::unexpected(read.error());
  co_return payload;
}

}  // namespace dftp::net
