#include "proto/wire/block.h"

#include <algorithm>

#include "proto/wire/announcement.h"
#include "proto/wire/big_endian.h"
#include "proto/wire/limits.h"
#include "proto/wire/mount_block.h"

namespace dftp {
namespace {

constexpr std::uint32_t number_bytes = 8;
constexpr std::uint32_t digest = limits::digest_bytes;

constexpr auto attaching = static_cast<std::uint8_t>(Carries::attaching);
constexpr auto transfer = static_cast<std::uint8_t>(Carries::transfer);
constexpr auto mount = static_cast<std::uint8_t>(Carries::mount);
constexpr auto command = static_cast<std::uint8_t>(Carries::command);
constexpr std::uint8_t attached = transfer | mount | command;

struct Row {
  BlockType type;
  std::string_view name;
  std::uint8_t carries;    // the connections that have it
  std::uint32_t min, max;  // payload in bytes
  std::uint8_t flags = 0;  // those that it may have
};

constexpr Row rows[] = {
    {BlockType::file, "file", transfer, announcement_head_bytes, max_announcement_bytes, block_flags::eager},
    {BlockType::data, "data", transfer, 0, limits::block_payload},
    {BlockType::same, "same", transfer, number_bytes, number_bytes},
    {BlockType::zero, "zero", transfer, number_bytes, number_bytes},
    {BlockType::done, "done", transfer, digest, 2 * digest},
    {BlockType::listed, "listed", transfer, 0, 0},
    {BlockType::want, "want", transfer, number_bytes, number_bytes + limits::leaves_per_block* digest,
     block_flags::last},
    {BlockType::skip, "skip", transfer, 0, 0},
    {BlockType::stored, "stored", transfer, 0, 0},
    {BlockType::error, "error", transfer | mount, 0, limits::block_json},
    {BlockType::abort, "abort", attaching | attached, 0, limits::block_json},
    {BlockType::alive, "alive", attached, 0, limits::alive_json},
    {BlockType::attach, "attach", attaching, attach_bytes, attach_bytes, block_flags::early},
    {BlockType::attached, "attached", attaching, attach_bytes, attach_bytes},
    {BlockType::read, "read", mount, number_bytes + 4, number_bytes + 4},
    {BlockType::write, "write", mount, number_bytes, number_bytes + limits::mount_payload,
     block_flags::append | block_flags::digests},
    {BlockType::cancel, "cancel", mount, 0, 0},
    {BlockType::acknowledge, "acknowledge", mount, 0, 0},
    {BlockType::content, "content", mount, number_bytes, number_bytes + limits::mount_payload, block_flags::digests},
    {BlockType::written, "written", mount, number_bytes + written_attr_bytes, number_bytes + written_attr_bytes},
    {BlockType::input, "input", command, 0, limits::exec_payload},
    {BlockType::room, "room", command, number_bytes, number_bytes},
    {BlockType::output, "output", command, 0, limits::exec_payload},
    {BlockType::errors, "errors", command, 0, limits::exec_payload},
    {BlockType::ended, "ended", command, 0, limits::exec_payload},
};
constexpr Row skipped{{}, {}, 0xff, 0, limits::block_payload, 0xff};

const Row* row_of(BlockType type) {
  const auto row = std::ranges::find(rows, type, &Row::type);
  if (row != std::end(rows)) return row;
  return is_skipped(type) ? &skipped : nullptr;
}

Result<void> check(const BlockHeader& header, Carries carries) {
  const Row* row = row_of(header.type);
  const std::string type = std::to_string(static_cast<int>(header.type));
  if (!row) return fail(Code::protocol, "block", "unknown type " + type);
  if ((row->carries & static_cast<std::uint8_t>(carries)) == 0)
    return fail(Code::protocol, "block", "type " + type + " is not for this connection");
  if ((header.flags & ~row->flags) != 0) return fail(Code::protocol, "block", "an unknown flag");
  if (header.length < row->min) return fail(Code::protocol, "block", "a payload that is too short");
  if (header.length > row->max) {
    return fail(Code::too_large, "block",
                std::to_string(header.length) + " bytes, over the limit of " + std::to_string(row->max));
  }
  if (header.offset > limits::file_bytes) return fail(Code::too_large, "block", "an offset no file can have");
  return {};
}

}  // namespace

void encode_block_header(const BlockHeader& header, std::span<std::byte, block_header_bytes> out) {
  put_big_endian(header.length, &out[0]);
  put_big_endian(static_cast<std::uint8_t>(header.type), &out[4]);
  put_big_endian(header.flags, &out[5]);
  put_big_endian(std::uint16_t{0}, &out[6]);
  put_big_endian(header.id, &out[8]);
  put_big_endian(header.offset, &out[16]);
}

std::vector<std::byte> encode_block(BlockHeader header, Bytes payload) {
  header.length = static_cast<std::uint32_t>(payload.size());
  std::vector<std::byte> block(block_header_bytes + payload.size());
  encode_block_header(header, std::span(block).first<block_header_bytes>());
  std::ranges::copy(payload, block.begin() + block_header_bytes);
  return block;
}

Result<BlockHeader> decode_block_header(std::span<const std::byte, block_header_bytes> in, Carries carries) {
  const BlockHeader header{.length = get_big_endian<std::uint32_t>(&in[0]),
                           .type = static_cast<BlockType>(get_big_endian<std::uint8_t>(&in[4])),
                           .flags = get_big_endian<std::uint8_t>(&in[5]),
                           .id = get_big_endian<std::uint64_t>(&in[8]),
                           .offset = get_big_endian<std::uint64_t>(&in[16])};
  if (get_big_endian<std::uint16_t>(&in[6]) != 0)
    return fail(Code::protocol, "block", "reserved bytes that are not zero");
  if (auto checked = check(header, carries); !checked) return std::unexpected(checked.error());
  return header;
}

std::string_view name_of(BlockType type) {
  const auto row = std::ranges::find(rows, type, &Row::type);
  return row == std::end(rows) ? std::string_view() : row->name;
}

void put_u64(std::uint64_t value, std::span<std::byte, 8> out) {
  put_big_endian(value, out.data());
}

std::uint64_t get_u64(std::span<const std::byte, 8> in) {
  return get_big_endian<std::uint64_t>(in.data());
}

}  // namespace dftp
