#include "proto/wire/request.h"

#include <gtest/gtest.h>

#include "proto/wire/message.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

json::Value frame(std::string_view text) {
  return json::parse(text).value();
}

TEST(Request, is_read_as_it_was_written) {
  const json::Value written = request_json(7, Stat::command, to_json(Stat{.path = {}, .follow = false}));
  EXPECT_EQ(json::write(written), R"({"id":7,"cmd":"stat","params":{"path":"/","follow":false}})");
  EXPECT_EQ(request_id(written), 7u);
  const auto request = take_request(frame(json::write(written)));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->command, "stat");
  EXPECT_FALSE(read_params<Stat>(request->params).value().follow);
}

TEST(Request, without_params_has_none) {
  EXPECT_EQ(json::write(request_json(1, "ping", to_json(Ping{}))), R"({"id":1,"cmd":"ping"})");
  EXPECT_EQ(json::write(request_json(std::nullopt, "who", {})), R"({"cmd":"who"})");
  EXPECT_EQ(take_request(frame(R"({"id":1,"cmd":"ping"})")).value().params, json::Value(json::Object{}));
}

TEST(Request, an_id_is_a_number_of_64_bits) {
  EXPECT_EQ(request_id(frame(R"({"id":0})")), 0u);
  EXPECT_EQ(request_id(frame(R"({"id":18446744073709551615})")), UINT64_MAX);
  for (const char* text : {"{}", R"({"id":-1})", R"({"id":1.0})", R"({"id":1e0})", R"({"id":"1"})", R"({"id":null})"})
    EXPECT_FALSE(request_id(frame(text))) << text;
}

TEST(Request, what_is_wrong_is_named) {
  struct Case {
    std::string_view text, where;
  };
  const Case cases[] = {
      {R"({"id":1})", "cmd"},
      {R"({"id":1,"cmd":1})", "cmd"},
      {R"({"id":1,"cmd":"list","path":"/"})", "path"},
      {R"({"id":1,"cmd":"list","params":null})", "params"},
      {R"({"id":1,"cmd":"list","params":["/"]})", "params"},
  };
  for (const auto& [text, where] : cases) {
    const auto request = take_request(frame(text));
    ASSERT_TRUE(fails_with(request, Code::invalid_request)) << text;
    EXPECT_EQ(request.error().where, where) << text;
  }
}

TEST(Request, a_member_that_is_not_known_is_named) {
  const auto list = read_params<List>(frame(R"({"path":"/","limmit":1})"));
  ASSERT_TRUE(fails_with(list, Code::invalid_request));
  EXPECT_EQ(list.error().where, "params.limmit");
}

}  // namespace
}  // namespace dftp
