#include <algorithm>

#include "proto/wire/limits.h"
#include "proto/wire/mount_block.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < block_header_bytes) return 0;
  const Bytes input = as_bytes(as_input(data, block_header_bytes));
  for (const Carries carries : {Carries::attaching, Carries::transfer, Carries::mount, Carries::command}) {
    const auto header = decode_block_header(input.first<block_header_bytes>(), carries);
    if (!header) continue;
    require(header->length <= limits::mount_payload + 8 && header->offset <= limits::file_bytes);
    std::array<std::byte, block_header_bytes> again;
    encode_block_header(*header, again);
    require(std::ranges::equal(again, input));
  }
  const auto block = decode_mount_block(input.first<block_header_bytes>());
  if (!block) return 0;
  require(block->length <= limits::block_payload);
  std::array<std::byte, max_mount_head_bytes> again;
  encode_mount_block(*block, again);
  require(std::ranges::equal(Bytes(again).first<block_header_bytes>(), input));
  return 0;
}
