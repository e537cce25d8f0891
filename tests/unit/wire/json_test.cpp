#include "proto/wire/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "proto/wire/limits.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::json {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string nested_arrays(std::size_t depth) {
  return repeated("[", depth) + "0" + repeated("]", depth);
}
std::string nested_objects(std::size_t depth) {
  return repeated(R"({"a":)", depth) + "0" + repeated("}", depth);
}

TEST(Json, every_kind_of_value_is_parsed) {
  const Value value =
      parse(R"( {"n":null,"t":true,"f":false,"i":-3,"d":1.5,"s":"x","a":[1,"2",[]],"o":{"k":{}}} )").value();
  const Value expected = Object{
      {"n", nullptr},
      {"t", true},
      {"f", false},
      {"i", -3},
      {"d", 1.5},
      {"s", "x"},
      {"a", Array{1, "2", Array{}}},
      {"o", Object{{"k", Object{}}}},
  };
  EXPECT_EQ(value, expected);
}

TEST(Json, is_written_without_white_space_and_read_back) {
  for (const std::string_view text :
       {R"({"n":null,"t":true,"f":false,"i":-3,"d":1.5,"s":"x","a":[1,"2",[]],"o":{"k":{}}})", "[]", "{}", "null", "0",
        R"("")", R"([[],{},""])", R"({"":""})"}) {
    EXPECT_EQ(write(parse(text).value()), text);
  }
}

TEST(Json, integers_are_exact_at_their_ends) {
  struct Case {
    std::string_view text;
    Value value;
  };
  const Case cases[] = {
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
      {"9223372036854775808", std::uint64_t{1} << 63},
      {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
      {"9007199254740993", std::int64_t{9007199254740993}},  // no double has this value
  };
  for (const auto& [text, value] : cases) {
    EXPECT_EQ(parse(text).value(), value) << text;
    EXPECT_EQ(write(value), text);
  }
}

TEST(Json, numbers_that_no_type_holds_are_refused) {
  for (const std::string& text : {std::string("18446744073709551616"), std::string("-9223372036854775809"),
                                  std::string("1e999"), std::string("-1e999"), std::string(10000, '9')}) {
    EXPECT_TRUE(fails_with(parse(text), Code::protocol)) << text.substr(0, 30);
  }
}

TEST(Json, doubles_stay_doubles) {
  for (const double number : {0.0, -0.0, 1.0, -2.0, 0.1, 1e20, 1.2345678901234568e20, 1e300, 5e-324,
                              std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()}) {
    const Value again = parse(write(number)).value();
    ASSERT_TRUE(again.as<double>()) << write(number);
    EXPECT_EQ(*again.as<double>(), number) << write(number);
  }
}

TEST(Json, a_double_that_is_not_finite_becomes_null) {
  EXPECT_EQ(write(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(write(std::numeric_limits<double>::quiet_NaN()), "null");
}

TEST(Json, strings_are_escaped_and_come_back) {
  const std::string text = std::string("\"\\/\b\f\n\r\t\x01\x1f\x7f \0", 13) + "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80";
  std::string written;
  append_string(written, text);
  EXPECT_EQ(written, R"("\"\\/\u0008\u000c\n\r\t\u0001\u001f)"
                     "\x7f"
                     R"( \u0000)"
                     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"");
  EXPECT_EQ(parse(written).value(), Value(text));
}

TEST(Json, an_escape_may_stand_anywhere_in_a_long_string) {
  for (std::size_t length = 1; length <= 70; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'x'), written(length, 'x');
      text[at] = '"';
      written.replace(at, 1, "\\\"");
      EXPECT_EQ(write(Value(text)), '"' + written + '"');
    }
  }
}

TEST(Json, escapes_of_the_peer_are_understood) {
  EXPECT_EQ(parse(R"("\u00e4\ud83d\ude00\/\b\f\u0000")").value(),
            Value(std::string("\xc3\xa4\xf0\x9f\x98\x80/\b\f\0", 10)));
}

TEST(Json, text_that_is_no_json_is_refused) {
  using namespace std::string_view_literals;
  for (const auto text : {""sv,
                          " "sv,
                          "{"sv,
                          "["sv,
                          "\""sv,
                          "{}{}"sv,
                          "1 2"sv,
                          "[1,]"sv,
                          "[,1]"sv,
                          R"({"a"})"sv,
                          R"({"a":})"sv,
                          R"({a:1})"sv,
                          "'a'"sv,
                          "tru"sv,
                          "nulll"sv,
                          "01"sv,
                          "+1"sv,
                          ".5"sv,
                          "1."sv,
                          "NaN"sv,
                          "Infinity"sv,
                          "0x10"sv,
                          "]"sv,
                          "[}"sv,
                          "\"\n\""sv,
                          R"("\x")"sv,
                          R"("\u12")"sv,
                          "{}\0"sv,
                          "\0"sv,
                          "// x\n1"sv,
                          "\xef\xbb\xbf{}"sv}) {
    const auto value = parse(text);
    ASSERT_FALSE(value) << text;
    EXPECT_TRUE(fails_with(value, Code::protocol)) << text;
    EXPECT_FALSE(value.error().detail.empty());
  }
}

TEST(Json, invalid_utf8_is_refused) {
  for (const std::string bytes : {"\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_TRUE(fails_with(parse('"' + bytes + '"'), Code::protocol));
    EXPECT_FALSE(is_utf8(bytes));
  }
  EXPECT_FALSE(parse(R"("\ud800")"));
  EXPECT_FALSE(parse(R"("\ude00\ud83d")"));
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("\xf0\x9f\x98\x80"));
}

TEST(Json, every_truncation_of_a_message_is_refused) {
  const std::string text =
      R"({"id":7,"cmd":"get","params":{"sources":["/\u00e4",{"b64":"/w=="}],"deep":[[{"x":1.5e3}]],"t":true}})";
  ASSERT_TRUE(parse(text));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(parse(text.substr(0, size))) << size;
}

TEST(Json, nesting_is_allowed_up_to_the_limit) {
  EXPECT_TRUE(parse(nested_arrays(limits::json_depth)));
  EXPECT_TRUE(parse(nested_objects(limits::json_depth)));
  EXPECT_TRUE(fails_with(parse(nested_arrays(limits::json_depth + 1)), Code::protocol));
  EXPECT_TRUE(fails_with(parse(nested_objects(limits::json_depth + 1)), Code::protocol));
}

TEST(Json, a_depth_bomb_does_not_crash) {
  EXPECT_FALSE(parse(std::string(limits::frame_after_login, '[')));
  EXPECT_FALSE(parse(nested_arrays(limits::frame_after_login / 2)));
  EXPECT_FALSE(parse(nested_objects(10000)));
}

TEST(Json, a_frame_of_many_values_is_parsed_whole) {
  const std::string text = "[" + repeated("0,", limits::frame_after_login / 2 - 2) + "0]";
  EXPECT_EQ(parse(text).value().as<Array>()->size(), limits::frame_after_login / 2 - 1);
}

TEST(Json, a_small_text_after_a_large_and_a_broken_one_is_parsed) {
  EXPECT_TRUE(parse('"' + std::string(limits::frame_after_login, 'x') + '"'));
  EXPECT_FALSE(parse(std::string(30000, '[')));
  EXPECT_EQ(parse(R"(["x"])").value(), Value(Array{"x"}));
}

TEST(Json, bytes_behind_the_text_do_not_count) {
  const std::string buffer = "[1]]]]]";
  EXPECT_EQ(parse(std::string_view(buffer).substr(0, 3)).value(), Value(Array{1}));
}

TEST(Json, an_object_has_no_member_twice) {
  std::string many = R"({"m":0)";
  for (int i = 0; i < 100; ++i) many += ",\"m" + std::to_string(i) + "\":0";
  EXPECT_TRUE(parse(many + "}"));
  for (const std::string& text : {std::string(R"({"a":1,"b":2,"a":3})"), std::string(R"([{"x":{"a":1,"a":1}},1])"),
                                  std::string(R"({"a":1,"\u0061":1})"), many + R"(,"m50":0})"}) {
    EXPECT_TRUE(fails_with(parse(text), Code::protocol)) << text;
  }
  EXPECT_TRUE(parse(R"([{"a":1},{"a":1,"b":{"a":1}}])"));
}

TEST(Json, find_looks_into_objects_only) {
  EXPECT_EQ(parse("[1]").value().find("a"), nullptr);
  EXPECT_EQ(parse(R"({"a":1})").value().find("b"), nullptr);
  EXPECT_EQ(Value().find(""), nullptr);
}

TEST(Json, values_of_different_kinds_differ) {
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_NE(Value(0), Value(false));
  EXPECT_NE(Value(), Value(false));
  EXPECT_NE(Value(Array{}), Value(Object{}));
  EXPECT_NE(Value(Array{1, 2}), Value(Array{2, 1}));
}

}  // namespace
}  // namespace dftp::json
