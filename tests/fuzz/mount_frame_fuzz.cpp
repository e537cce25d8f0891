#include <algorithm>

#include "proto/wire/limits.h"
#include "proto/wire/mount_frame.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < mount_frame_bytes) return 0;
  const Bytes input = as_bytes(as_input(data, mount_frame_bytes));
  const auto frame = decode_mount_frame(input.first<mount_frame_bytes>());
  if (!frame) return 0;
  require(frame->length <= limits::mount_payload && frame->offset <= limits::file_bytes);
  std::array<std::byte, mount_frame_bytes> again;
  encode_mount_frame(*frame, again);
  require(std::ranges::equal(again, input));
  return 0;
}
