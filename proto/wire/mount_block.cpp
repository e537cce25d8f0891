#include "proto/wire/mount_block.h"

#include "proto/wire/big_endian.h"

namespace dftp {

bool has_number(BlockType type) {
  return type == BlockType::read || type == BlockType::write || type == BlockType::content ||
         type == BlockType::written;
}

void encode_mount_block(const MountBlock& block, MutableBytes out) {
  const std::size_t behind = mount_head_bytes(block.type) - block_header_bytes;
  const BlockHeader header{.length = block.length + static_cast<std::uint32_t>(behind),
                           .type = block.type,
                           .flags = block.flags,
                           .id = block.request,
                           .offset = block.offset};
  encode_block_header(header, out.first<block_header_bytes>());
  if (behind > 0) put_big_endian(block.number, &out[block_header_bytes]);
}

Result<MountBlock> decode_mount_block(std::span<const std::byte, block_header_bytes> in) {
  const auto header = decode_block_header(in, Carries::mount);
  if (!header) return std::unexpected(header.error());
  const std::size_t behind = mount_head_bytes(header->type) - block_header_bytes;
  return MountBlock{.length = header->length - static_cast<std::uint32_t>(behind),
                    .type = header->type,
                    .flags = header->flags,
                    .request = header->id,
                    .offset = header->offset};
}

void encode_written_attr(const WrittenAttr& attr, std::span<std::byte, written_attr_bytes> out) {
  put_big_endian(attr.size, &out[0]);
  put_big_endian(attr.blocks, &out[8]);
  put_big_endian(attr.mtime, &out[16]);
  put_big_endian(attr.ctime, &out[24]);
  put_big_endian(attr.mode, &out[32]);
}

WrittenAttr decode_written_attr(std::span<const std::byte, written_attr_bytes> in) {
  return {.size = get_big_endian<std::uint64_t>(&in[0]),
          .blocks = get_big_endian<std::uint64_t>(&in[8]),
          .mtime = get_big_endian<std::int64_t>(&in[16]),
          .ctime = get_big_endian<std::int64_t>(&in[24]),
          .mode = get_big_endian<std::uint32_t>(&in[32])};
}

}  // namespace dftp
