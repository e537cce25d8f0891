#include <algorithm>

#include "proto/wire/block.h"
#include "proto/wire/limits.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < block_header_bytes) return 0;
  const Bytes input = as_bytes(as_input(data, block_header_bytes));
  const auto header = decode_block_header(input.first<block_header_bytes>());
  if (!header) return 0;
  require(header->length <= limits::block_payload && header->offset <= limits::file_bytes);
  std::array<std::byte, block_header_bytes> again;
  encode_block_header(*header, again);
  require(std::ranges::equal(again, input));
  return 0;
}
