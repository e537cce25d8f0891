#include "proto/transfer/out_buffer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "proto/digest/tree.h"

namespace dftp {

MutableBytes OutBuffer::append(BlockHeader header, std::size_t payload, std::size_t elsewhere) {
  assert(room() >= block_header_bytes + payload);
  header.length = static_cast<std::uint32_t>(payload + elsewhere);
  encode_block_header(header, std::span<std::byte, block_header_bytes>(memory_.get() + size_, block_header_bytes));
  size_ += block_header_bytes + payload;
  return {memory_.get() + size_ - payload, payload};
}

void OutBuffer::block(BlockHeader header, Bytes payload) {
  std::ranges::copy(payload, append(header, payload.size()).begin());
}

void OutBuffer::blocks(Bytes encoded) {
  assert(room() >= encoded.size());
  std::ranges::copy(encoded, memory_.get() + size_);
  size_ += encoded.size();
}

void OutBuffer::block_u64(BlockHeader header, std::uint64_t value) {
  put_u64(value, append(header, sizeof value).first<sizeof value>());
}

OutBuffer::Data OutBuffer::data(std::uint64_t file, std::uint64_t offset, std::size_t bytes) {
  const std::size_t leaves = leaf_count(bytes);
  auto payload = append({.type = BlockType::data, .id = file, .offset = offset}, leaves * sizeof(Digest) + bytes);
  return {{reinterpret_cast<Digest*>(payload.data()), leaves}, payload.subspan(leaves * sizeof(Digest))};
}

std::span<Digest> OutBuffer::data_in_file(std::uint64_t file, std::uint64_t offset, std::size_t bytes,
                                          net::UniqueFd from) {
  assert(takes_file());
  const std::size_t leaves = leaf_count(bytes);
  auto digests = append({.type = BlockType::data, .id = file, .offset = offset}, leaves * sizeof(Digest), bytes);
  file_part_ = FilePart{size_, std::move(from), offset, bytes};
  return {reinterpret_cast<Digest*>(digests.data()), leaves};
}

}  // namespace dftp
