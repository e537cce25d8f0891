#include "proto/wire/rate.h"

#include <gtest/gtest.h>

namespace dftp {
namespace {

TEST(Rate, IsReadWithItsUnit) {
  const std::pair<std::string_view, std::uint64_t> good[] = {
      {"1024", 1024},      {"1K", 1024},          {"500K", 512'000},
      {"10M", 10'485'760}, {"1G", 1'073'741'824}, {"1024G", 1ull << 40},
  };
  for (const auto& [text, rate] : good) EXPECT_EQ(parse_rate(text).value_or(0), rate) << text;
}

TEST(Rate, AnythingElseIsAUsageError) {
  for (const std::string_view text :
       {"", "K", "0", "1023", "1025G", "-1K", "1k", "1KB", "1 K", "1.5M", "99999999999999999999G"}) {
    const auto rate = parse_rate(text);
    ASSERT_FALSE(rate) << text;
    EXPECT_EQ(rate.error().code, Code::usage);
  }
}

}  // namespace
}  // namespace dftp
