#include "server/observe/log_line.h"

#include <gtest/gtest.h>

#include "proto/wire/json.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

const std::chrono::system_clock::time_point when{1'700'000'000'042ms};

std::string text(const Event& event) {
  return log_line(event, LogFormat::text, when);
}

json::Value parsed(const Event& event) {
  const std::string line = log_line(event, LogFormat::json, when);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  auto value = json::parse(std::string_view(line).substr(0, line.size() - 1));
  return value ? *value : json::Value();
}

TransferDone sample_transfer() {
  return {.session = 7,
          .transfer = 3,
          .direction = "put",
          .path = "/in/a b.bin",
          .totals = {.files = 1, .bytes = 3000, .transferred = 2000, .resumed = 1000},
          .duration = 500ms,
          .error = {},
          .peer = "192.0.2.7:5",
          .user = "ada"};
}

TEST(LogLine, TextBeginsWithTheTimeInUtcAndTheEvent) {
  EXPECT_EQ(text(ServerStopped{}), "2023-11-14T22:13:20.042Z stopped\n");
}

TEST(LogLine, ATimeBefore1970KeepsItsMilliseconds) {
  const std::chrono::system_clock::time_point before{-1ms};
  EXPECT_EQ(log_line(ServerStopped{}, LogFormat::text, before), "1969-12-31T23:59:59.999Z stopped\n");
}

TEST(LogLine, SessionOpened) {
  EXPECT_EQ(text(SessionOpened{7, "192.0.2.7:5", "ada", "dftp-cli/1"}),
            "2023-11-14T22:13:20.042Z session-open session=7 user=ada peer=192.0.2.7:5 client=dftp-cli/1\n");
}

TEST(LogLine, HowManyWereLeftOutIsSaidOnlyWhenSomeWere) {
  EXPECT_EQ(text(Refused{"p", "no", 0}), "2023-11-14T22:13:20.042Z refused peer=p reason=no\n");
  EXPECT_EQ(text(Refused{"p", "no", 5}), "2023-11-14T22:13:20.042Z refused peer=p reason=no unsaid=5\n");
  EXPECT_EQ(text(LoginFailed{"p", "u", "key", 5}),
            "2023-11-14T22:13:20.042Z login-failed peer=p user=u method=key unsaid=5\n");
  EXPECT_EQ(text(LinesLost{5}), "2023-11-14T22:13:20.042Z lines-lost count=5\n");
}

TEST(LogLine, WhatIsGivenUpAndWhyNotAllIs) {
  EXPECT_EQ(text(ServerConfined{true, 2, ""}),
            "2023-11-14T22:13:20.042Z confined privileges=given-up files=its-own programs=none landlock=2\n");
  EXPECT_EQ(text(ServerConfined{false, 0, "no reason"}),
            "2023-11-14T22:13:20.042Z confined privileges=as-started files=all programs=any reason=\"no reason\"\n");
}

TEST(LogLine, Reloads) {
  EXPECT_EQ(text(ServerReloaded{"F", {"grace", "exec.a"}}),
            "2023-11-14T22:13:20.042Z reloaded fingerprint=F changed=grace,exec.a\n");
  EXPECT_EQ(text(ServerNotReloaded{{Code::usage, {}, "f:3", "no"}}),
            "2023-11-14T22:13:20.042Z not-reloaded code=usage error=\"f:3: no\"\n");
}

TEST(LogLine, SessionClosed) {
  EXPECT_EQ(text(SessionClosed{7, "192.0.2.7:5", "ada", "idle", 12, 61'500ms}),
            "2023-11-14T22:13:20.042Z session-close session=7 user=ada peer=192.0.2.7:5 seconds=61.500 requests=12 "
            "reason=idle\n");
}

TEST(LogLine, TransferHasItsSumsAndItsRate) {
  EXPECT_EQ(text(sample_transfer()),
            "2023-11-14T22:13:20.042Z transfer session=7 transfer=3 direction=put path=\"/in/a b.bin\" paths=1 files=1 "
            "skipped=0 failed=0 bytes=3000 transferred=2000 resumed=1000 repaired=0 seconds=0.500 rate=4000 status=ok "
            "user=ada peer=192.0.2.7:5\n");
}

TEST(LogLine, AFailedTransferSaysWhy) {
  TransferDone event = sample_transfer();
  event.error = Error{Code::no_space, "ENOSPC", "/in/a", "the disk is full"};
  EXPECT_NE(text(event).find(" status=no_space error=\"/in/a: the disk is full\" "), std::string::npos);
}

TEST(LogLine, ATransferInNoTimeHasARate) {
  TransferDone event = sample_transfer();
  event.duration = 0ms;
  EXPECT_NE(text(event).find(" rate=2000000 "), std::string::npos);
}

TEST(LogLine, JsonHasTheSameMembers) {
  const json::Value line = parsed(sample_transfer());
  ASSERT_TRUE(line.find("path"));
  EXPECT_EQ(*line.find("time"), json::Value("2023-11-14T22:13:20.042Z"));
  EXPECT_EQ(*line.find("event"), json::Value("transfer"));
  EXPECT_EQ(*line.find("path"), json::Value("/in/a b.bin"));
  EXPECT_EQ(*line.find("seconds"), json::Value(0.5));
  EXPECT_EQ(*line.find("rate"), json::Value(std::int64_t{4000}));
}

TEST(LogLine, ControlBytesOfAPeerMakeNoSecondLine) {
  const LoginFailed event{"192.0.2.7:5", "ada\n2023-11-14T22:13:20.042Z stopped\x1b[31m", "password"};
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    const std::string line = log_line(event, format, when);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
  }
}

TEST(LogLine, AValueThatLooksLikeAnotherIsQuoted) {
  EXPECT_NE(text(LoginFailed{"p", "user=root", "x\" y=\"z"}).find("user=\"user=root\" method=\"x\\\" y=\\\"z\""),
            std::string::npos);
}

TEST(LogLine, InvalidUtf8IsStillJson) {
  EXPECT_EQ(*parsed(Refused{"p", "\xff"}).find("reason"), json::Value("\\xff"));
}

TEST(LogLine, AVeryLongValueIsCut) {
  EXPECT_LT(text(LoginFailed{"p", std::string(60'000, 'x'), "m"}).size(), 5000u);
}

}  // namespace
}  // namespace dftp::server
