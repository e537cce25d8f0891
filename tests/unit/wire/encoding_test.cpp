#include "proto/wire/encoding.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  return bytes;
}

TEST(Base64, matches_the_vectors_of_rfc_4648) {
  struct Case {
    std::string_view bytes, text;
  };
  const Case cases[] = {{"", ""},
                        {"f", "Zg=="},
                        {"fo", "Zm8="},
                        {"foo", "Zm9v"},
                        {"foob", "Zm9vYg=="},
                        {"fooba", "Zm9vYmE="},
                        {"foobar", "Zm9vYmFy"},
                        {"\xff\xfe\xfd\xfb", "//79+w=="}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text).value(), bytes);
  }
}

TEST(Base64, every_length_and_byte_comes_back) {
  const std::string bytes = all_bytes();
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    EXPECT_EQ(from_base64(to_base64(bytes.substr(0, size))).value(), bytes.substr(0, size)) << size;
  }
}

TEST(Base64, anything_but_whole_canonical_quads_is_refused) {
  for (const auto* text :
       {"Z",    "Zg",       "Zg=",    "Zg===", "=",    "==",   "===",  "====", "Z===",     "Zm9v=",
        "Zm=v", "Zg==Zg==", "Zm9v\n", "Zm9 ",  "Zm9-", "Zm9_", "Zh==", "Zm9=", "Zm9v====", "\xff\xff\xff\xff"}) {
    const auto bytes = from_base64(text);
    ASSERT_FALSE(bytes) << text;
    EXPECT_TRUE(fails_with(bytes, Code::invalid_request)) << text;
  }
}

TEST(Hex, every_byte_comes_back) {
  EXPECT_EQ(to_hex(std::string_view("\0\x0f\xa0\xff", 4)), "000fa0ff");
  EXPECT_EQ(from_hex(to_hex(all_bytes())).value(), all_bytes());
  EXPECT_EQ(from_hex("aBCd").value(), "\xab\xcd");
  EXPECT_EQ(from_hex("").value(), "");
}

TEST(Hex, odd_lengths_and_other_characters_are_refused) {
  for (const auto* text : {"a", "abc", "0g", "g0", "0x12", " 1", "@0", "`0", "\xff\xff"}) {
    ASSERT_FALSE(from_hex(text)) << text;
    EXPECT_TRUE(fails_with(from_hex(text), Code::invalid_request)) << text;
  }
}

}  // namespace
}  // namespace dftp
