#include "proto/wire/fields.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

enum class Colour { red, green };
std::string_view name_of(Colour colour) {
  return colour == Colour::red ? "red" : "green";
}
std::optional<Colour> parse_enum(std::string_view text, Colour) {
  if (text == "red") return Colour::red;
  if (text == "green") return Colour::green;
  return std::nullopt;
}

struct Inner {
  RemotePath path;
  Name name;
  static void fields(auto& self, auto& io) {
    io("path", self.path);
    io.maybe("name", self.name);
  }
  friend bool operator==(const Inner&, const Inner&) = default;
};

struct Outer {
  bool flag = true;
  std::uint64_t size = 0;
  std::int64_t time = 0;
  std::uint8_t small = 7;
  std::string text{};
  Colour colour = Colour::red;
  std::optional<std::uint32_t> count{};
  std::vector<Inner> inners{};
  std::vector<bool> bits{};
  static void fields(auto& self, auto& io) {
    io.maybe("flag", self.flag);
    io("size", self.size);
    io.maybe("time", self.time);
    io.maybe("small", self.small);
    io.maybe("text", self.text);
    io.maybe("colour", self.colour);
    io.maybe("count", self.count);
    io.maybe("inners", self.inners);
    io.maybe("bits", self.bits);
  }
  friend bool operator==(const Outer&, const Outer&) = default;
};

struct Column {
  std::vector<std::optional<int>> places;
  static void fields(auto& self, auto& io) { io("places", self.places); }
};

RemotePath path(std::string_view text) {
  return RemotePath::parse(text).value();
}

template <class T>
Result<T> read(std::string_view json) {
  return from_json<T>(json::parse(json).value(), "outer");
}

template <class T>
T through_text(const T& message) {
  return read<T>(json::write(to_json(message))).value();
}

TEST(Fields, a_message_comes_back_as_it_was) {
  const Outer outer{.flag = false,
                    .size = std::numeric_limits<std::uint64_t>::max(),
                    .time = std::numeric_limits<std::int64_t>::min(),
                    .small = 255,
                    .text = "\xc3\xa4\"\n",
                    .colour = Colour::green,
                    .count = 0,
                    .inners = {{path("/a/b"), {"n"}}, {path("/"), {}}, {path("/\xff"), {"\xfe\xff"}}},
                    .bits = {true, false, true}};
  EXPECT_EQ(through_text(outer), outer);
  EXPECT_EQ(through_text(Outer{}), Outer{});
}

TEST(Fields, absent_members_keep_their_defaults_and_unknown_ones_are_ignored) {
  EXPECT_EQ(read<Outer>(R"({"size":3,"later":[{}],"Size":4})").value(), Outer{.size = 3});
}

TEST(Fields, empty_text_lists_and_optionals_are_not_written) {
  EXPECT_EQ(json::write(to_json(Outer{})), R"({"flag":true,"size":0,"time":0,"small":7,"colour":"red"})");
}

TEST(Fields, null_is_no_value_but_for_an_empty_place_of_a_column) {
  for (const char* text : {R"({"size":null})", R"({"size":3,"count":null})", R"({"size":3,"text":null})"}) {
    EXPECT_TRUE(fails_with(read<Outer>(text), Code::invalid_request)) << text;
  }
  EXPECT_EQ(read<Column>(R"({"places":[null,1]})").value().places, (std::vector<std::optional<int>>{std::nullopt, 1}));
}

TEST(Fields, what_is_not_known_is_refused_by_name_where_it_must_be_known) {
  struct Case {
    std::string_view json, where;
  };
  const Case cases[] = {
      {R"({"size":3,"later":1})", "outer.later"},
      {R"({"Size":3})", "outer.Size"},
      {R"({"size":"wrong","later":null})", "outer.later"},
      {R"({"size":3,"inners":[{"path":"/"},{"path":"/","x":1}]})", "outer.inners[1].x"},
      {R"({"size":3,"inners":[{"path":{"b64":"Lw==","x":1}}]})", "outer.inners[0].path.x"},
      {R"({"size":3,"\u009b":1})", "outer.\\xc2\\x9b"},
  };
  for (const auto& [text, where] : cases) {
    const json::Value value = json::parse(text).value();
    const auto message = from_json<Outer>(value, "outer", Unknown::refused);
    ASSERT_TRUE(fails_with(message, Code::invalid_request)) << text;
    EXPECT_EQ(message.error().where, where) << text;
  }
  const json::Value whole = to_json(Outer{.size = 3, .inners = {{path("/\xff"), {"n"}}}});
  EXPECT_TRUE(from_json<Outer>(whole, "outer", Unknown::refused));
}

TEST(Fields, bytes_that_are_no_text_travel_in_base64) {
  EXPECT_EQ(json::write(to_json(Inner{path("/\xff"), {"\xfe"}})), R"({"path":{"b64":"L/8="},"name":{"b64":"/g=="}})");
}

TEST(Fields, text_in_base64_is_accepted_too) {
  EXPECT_EQ(read<Inner>(R"({"path":{"b64":"L2E=","x":1},"name":{"b64":"YQ=="}})").value(), (Inner{path("/a"), {"a"}}));
}

TEST(Fields, text_that_is_not_utf8_does_not_spoil_the_frame) {
  EXPECT_EQ(through_text(Outer{.text = "a\xff"}).text, "a\\xff");
}

TEST(Fields, a_bad_value_names_its_place) {
  struct Case {
    std::string_view json, where, detail;
    Code code = Code::invalid_request;
  };
  const Case cases[] = {
      {"[]", "outer", "must be an object"},
      {"{}", "outer.size", "must be present"},
      {R"({"size":-1})", "outer.size", "must be an integer in range"},
      {R"({"size":1.0})", "outer.size", "must be an integer in range"},
      {R"({"size":"1"})", "outer.size", "must be an integer in range"},
      {R"({"size":null})", "outer.size", "must be left out, or something else than null"},
      {R"({"size":true})", "outer.size", "must be an integer in range"},
      {R"({"size":1,"small":256})", "outer.small", "must be an integer in range"},
      {R"({"size":1,"small":18446744073709551615})", "outer.small", "must be an integer in range"},
      {R"({"size":1,"time":9223372036854775808})", "outer.time", "must be an integer in range"},
      {R"({"size":1,"count":-1})", "outer.count", "must be an integer in range"},
      {R"({"size":1,"flag":1})", "outer.flag", "must be true or false"},
      {R"({"size":1,"text":1})", "outer.text", "must be a string"},
      {R"({"size":1,"text":{"b64":"YQ=="}})", "outer.text", "must be a string"},
      {R"({"size":1,"colour":"blue"})", "outer.colour", "must be one of the documented words"},
      {R"({"size":1,"colour":0})", "outer.colour", "must be one of the documented words"},
      {R"({"size":1,"inners":{}})", "outer.inners", "must be an array"},
      {R"({"size":1,"bits":[true,0]})", "outer.bits[1]", "must be true or false"},
      {R"({"size":1,"inners":[{"path":"/"},{}]})", "outer.inners[1].path", "must be present"},
      {R"({"size":1,"inners":[{"path":7}]})", "outer.inners[0].path", R"(must be a string or {"b64":"..."})"},
      {R"({"size":1,"inners":[{"path":{"b64":7}}]})", "outer.inners[0].path", R"(must be a string or {"b64":"..."})"},
      {R"({"size":1,"inners":[{"path":{"b64":"?"}}]})", "outer.inners[0].path.b64", "must be base64 with padding"},
      {R"({"size":1,"inners":[{"path":"/a/../b"}]})", "outer.inners[0].path", "not a name: ..", Code::invalid_name},
  };
  for (const auto& [json, where, detail, code] : cases) {
    const auto message = read<Outer>(json);
    ASSERT_FALSE(message) << json;
    EXPECT_EQ(message.error().where, where) << json;
    EXPECT_EQ(message.error().detail, detail) << json;
    EXPECT_TRUE(fails_with(message, code)) << json;
  }
}

TEST(Fields, the_first_bad_value_is_the_one_reported) {
  EXPECT_EQ(read<Outer>(R"({"bits":0,"size":"x","flag":1})").error().where, "outer.flag");
}

TEST(Fields, a_path_over_its_limit_is_name_too_long) {
  const auto message = read<Inner>(R"({"path":")" + std::string(300, 'x') + R"("})");
  ASSERT_TRUE(fails_with(message, Code::name_too_long));
  EXPECT_EQ(message.error().where, "outer.path");
}

}  // namespace
}  // namespace dftp
