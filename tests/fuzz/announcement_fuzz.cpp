#include <algorithm>

#include "proto/wire/announcement.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto announcement = decode_announcement(as_bytes(as_input(data, size)));
  if (!announcement) return 0;
  std::vector<std::byte> again;
  encode_announcement(*announcement, again);
  const auto same = decode_announcement(again);
  require(same && *same == *announcement);
  return 0;
}
