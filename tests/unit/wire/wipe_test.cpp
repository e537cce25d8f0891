#include "proto/wire/wipe.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dftp {
namespace {

TEST(Wipe, leaves_nothing_of_a_text) {
  for (const std::size_t size : {8u, 15u, 16u, 5000u}) {
    std::string text(size, 'x');
    text.resize(size / 2);  // what was once behind its end counts
    const char* const at = text.data();
    const std::size_t room = text.capacity();
    wipe(text);
    EXPECT_TRUE(text.empty());
    ASSERT_EQ(text.data(), at);
    EXPECT_EQ(std::count(at, at + room, '\0'), static_cast<std::ptrdiff_t>(room));
  }
}

TEST(Wipe, goes_through_all_of_a_value) {
  json::Value value =
      json::Object{{"a", std::string(100, 'x')}, {"b", json::Array{json::Object{{"c", std::string(200, 'x')}}}}};
  wipe(value);
  EXPECT_TRUE(value.as<std::nullptr_t>());
}

TEST(Json, parses_again_and_again_in_the_same_buffers) {
  for (const std::size_t size : {1u, 70u, 3000u, 200u, 70000u, 1u}) {
    const std::string text = "{\"text\":\"" + std::string(size, 'x') + "\",\"n\":-1.5e3,\"e\":[\"\",\"\"]}";
    const auto value = json::parse(text);
    ASSERT_TRUE(value) << size;
    EXPECT_EQ(*value->find("text")->as<std::string>(), std::string(size, 'x'));
    EXPECT_EQ(*value->find("n")->as<double>(), -1500);
    EXPECT_FALSE(json::parse(text.substr(0, text.size() - 1)));
  }
  EXPECT_FALSE(json::parse(""));
}

}  // namespace
}  // namespace dftp
