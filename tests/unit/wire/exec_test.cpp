#include "proto/wire/exec.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"

namespace dftp {
namespace {

std::array<std::byte, exec_header_bytes> bytes_of(std::initializer_list<int> numbers) {
  std::array<std::byte, exec_header_bytes> bytes{};
  std::size_t at = 0;
  for (const int number : numbers) bytes[at++] = static_cast<std::byte>(number);
  return bytes;
}

TEST(ExecHeader, IsWhatTheDocumentSays) {
  EXPECT_EQ(encode_exec_header({0x1234, ExecBlockType::errors}), bytes_of({0, 0, 0x12, 0x34, 4, 0, 0, 0}));
  const auto header = decode_exec_header(bytes_of({0, 1, 0, 0, 1, 0, 0, 0}));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->length, limits::exec_payload);
  EXPECT_EQ(header->type, ExecBlockType::input);
}

TEST(ExecHeader, RefusesWhatIsNone) {
  const struct {
    std::array<std::byte, exec_header_bytes> bytes;
    Code code;
  } cases[] = {
      {bytes_of({0, 0, 0, 0, 0, 0, 0, 0}), Code::protocol},
      {bytes_of({0, 0, 0, 0, 7, 0, 0, 0}), Code::protocol},
      {bytes_of({0, 0, 0, 0, 1, 1, 0, 0}), Code::protocol},
      {bytes_of({0, 0, 0, 0, 1, 0, 0, 1}), Code::protocol},
      {bytes_of({0, 1, 0, 1, 1, 0, 0, 0}), Code::too_large},
      {bytes_of({255, 255, 255, 255, 3, 0, 0, 0}), Code::too_large},
  };
  for (const auto& [bytes, code] : cases) {
    const auto header = decode_exec_header(bytes);
    ASSERT_FALSE(header);
    EXPECT_EQ(header.error().code, code);
  }
}

}  // namespace
}  // namespace dftp
