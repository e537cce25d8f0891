#include "tests/support/link_options.h"

#include <gtest/gtest.h>

#include <vector>

namespace dftp::test {
namespace {

using namespace std::chrono_literals;

auto parse(std::vector<const char*> arguments) {
  return parse_link_options(arguments);
}

TEST(LinkOptions, each_sets_its_own) {
  const auto options =
      parse({"--rtt", "100ms", "--rate", "2.5gbit", "--loss", "0.001", "--queue", "5000", "--seed", "7"});
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->shape.delay, 50ms);
  EXPECT_EQ(options->shape.rate, 2'500'000'000u);
  EXPECT_EQ(options->shape.loss, 0.001);
  EXPECT_EQ(options->shape.queue, 5000u);
  EXPECT_EQ(options->seed, 7u);
}

TEST(LinkOptions, units) {
  for (const auto& [text, delay] : {std::pair{"10us", LinkTime(5us)}, {"10ms", 5ms}, {"3s", 1500ms}, {"0s", 0ms}}) {
    EXPECT_EQ(parse({"--rtt", text})->shape.delay, delay) << text;
  }
  for (const auto& [text, rate] : {std::pair{"9000bit", 9'000u}, {"9kbit", 9'000u}, {"9mbit", 9'000'000u}}) {
    EXPECT_EQ(parse({"--rate", text})->shape.rate, rate) << text;
  }
}

TEST(LinkOptions, the_queue_holds_one_round_trip_and_at_least_a_mebibyte) {
  EXPECT_EQ(parse({"--rtt", "100ms", "--rate", "1gbit"})->shape.queue, 12'500'000u);
  EXPECT_EQ(parse({"--rtt", "1ms", "--rate", "1gbit"})->shape.queue, 1u << 20);
  EXPECT_EQ(parse({})->shape.queue, 1u << 20);
}

TEST(LinkOptions, nonsense_is_refused_by_name) {
  const std::vector<std::vector<const char*>> rows = {
      {"--what", "1"},    {"--rtt"},       {"--rtt", "100"},    {"--rtt", "ms"},  {"--rtt", "-1ms"},
      {"--rtt", "nanms"}, {"--rate", "1"}, {"--rate", "0gbit"}, {"--rate", "1s"}, {"--loss", "1.1"},
      {"--loss", "0.1x"}, {"--loss", ""},  {"--queue", "1e30"}, {"--seed", "-1"}, {"--loss", "nan"},
  };
  for (const auto& row : rows) {
    const auto options = parse(row);
    ASSERT_FALSE(options) << row.back();
    EXPECT_TRUE(options.error().starts_with(row[0])) << options.error();
  }
}

}  // namespace
}  // namespace dftp::test
