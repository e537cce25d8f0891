#include "client/cli/view/text_decoder.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

struct Decoded {
  const char* encoding;
  std::string_view bytes, text;
};

TEST(TextDecoder, GivesTheSameTextWhereverItIsCut) {
  const Decoded cases[] = {
      {"gbk", "a\xc4\xbf\xc2\xbc b", "a目录 b"},
      {"GB18030", "\x81\x30\x81\x30!", "\xc2\x80!"},
      {"latin1", "\xe4\xff", "äÿ"},
      {"utf-8", "ä\xff!", "ä\xEF\xBF\xBD!"},
      {"gbk", "a\xff\xff", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"gbk", "a\xc4", "a\xEF\xBF\xBD"},
      {"utf-16le", std::string_view("a\0b\0", 4), "ab"},
      {"gbk", "", ""},
  };
  for (const auto& [encoding, bytes, text] : cases) {
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
      auto decoder = TextDecoder::from(encoding);
      ASSERT_TRUE(decoder) << encoding;
      std::string out = decoder->decode(bytes.substr(0, cut));
      out += decoder->decode(bytes.substr(cut));
      out += decoder->finish();
      EXPECT_EQ(out, text) << encoding << " cut at " << cut;
    }
  }
}

TEST(TextDecoder, TakesMoreThanItsBufferHolds) {
  auto decoder = TextDecoder::from("gbk");
  std::string bytes, text;
  for (int i = 0; i < 10000; ++i) {
    bytes += "\xc4\xbf";
    text += "目";
  }
  EXPECT_TRUE(decoder->decode(bytes) == text);
}

TEST(TextDecoder, KnowsNoEncodingOfAnyName) {
  const auto decoder = TextDecoder::from("no-such");
  ASSERT_FALSE(decoder);
  EXPECT_EQ(decoder.error().code, Code::usage);
}

TEST(WholeUtf8, EndsBeforeACharacterThatIsNotWhole) {
  struct {
    std::string_view text;
    std::size_t whole;
  } cases[] = {
      {"", 0},
      {"ab", 2},
      {"aä", 3},
      {"a\xc3", 1},
      {"\xe7\x9b", 0},
      {"\xe7\x9b\xae", 3},
      {"x\xf0\x9f\x98", 1},
      {"\xf0\x9f\x98\x80", 4},
      {"\x80\x80\x80\x80", 4},
      {"a\xff", 1},
  };
  for (const auto& [text, whole] : cases) EXPECT_EQ(whole_utf8(text), whole) << text;
}

}  // namespace
}  // namespace dftp::cli
