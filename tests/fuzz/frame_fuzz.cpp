#include <algorithm>

#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_input(data, size);
  if (size < frame_header_bytes) return 0;
  FrameHeader header;
  std::ranges::copy(as_bytes(input).first(frame_header_bytes), header.begin());
  const auto length = decode_frame_header(header, limits::frame_after_login);
  if (!length) return 0;
  require(*length > 0 && *length <= limits::frame_after_login);
  if (input.size() - frame_header_bytes < *length) return 0;
  require(encode_frame(input.substr(frame_header_bytes, *length)) == input.substr(0, frame_header_bytes + *length));
  return 0;
}
