#include "server/observe/line_limits.h"

#include <gtest/gtest.h>

#include "server/observe/log_line.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

LineLimits::Clock::time_point now;
LineLimits::Clock::time_point clock_of_the_test() {
  return now;
}

std::size_t said(LineLimits& limits, std::string_view kind, const std::string& source, std::size_t bytes, int times) {
  std::size_t count = 0;
  for (int i = 0; i < times; ++i) count += limits.due(kind, source, bytes).has_value();
  return count;
}

TEST(LineLimits, EachSourceHasItsOwnLinesOfEachKind) {
  now += 1h;
  LineLimits limits(clock_of_the_test);
  for (const std::string kind : {"refused", "login-failed", "exec", "exec-refused", "transfer", "session-open"}) {
    for (const std::string source : {"a", "b"})
      EXPECT_EQ(said(limits, kind, source, 10, 2000), LineLimits::lines_of_source(kind)) << kind;
  }
}

TEST(LineLimits, ASourceHasSoManyBytesOfAllKinds) {
  now += 1h;
  LineLimits limits(clock_of_the_test);
  const std::size_t large = LineLimits::bytes_of_source / 100;
  EXPECT_EQ(said(limits, "transfer", "a", large, 80) + said(limits, "exec", "a", large, 80), 100u);
  EXPECT_EQ(said(limits, "transfer", "b", large, 80), 80u);
  now += 1min;
  EXPECT_EQ(said(limits, "transfer", "a", large, 200), 100u);
}

TEST(LineLimits, ManySourcesTogetherHaveALimitToo) {
  now += 1h;
  LineLimits limits(clock_of_the_test);
  std::size_t count = 0;
  for (int i = 0; i < 10'000; ++i) count += said(limits, "login-failed", std::to_string(i), 100, 1);
  EXPECT_EQ(count, LineLimits::lines_in_all("login-failed"));
}

TEST(LineLimits, WhatWasLeftOutIsSaidWithTheNextLineOrWhenTheMinuteIsOver) {
  now += 1h;
  LineLimits limits(clock_of_the_test);
  said(limits, "refused", "a", 10, 100);
  EXPECT_TRUE(limits.unsaid(false).empty()) << "the next line may say it";
  now += 1min;
  EXPECT_EQ(limits.due("refused", "a", 10), 40u);
  said(limits, "refused", "a", 10, 100);
  now += 1min;
  const auto unsaid = limits.unsaid(false);
  ASSERT_EQ(unsaid.size(), 1u);
  EXPECT_EQ(unsaid[0].kind, "refused");
  EXPECT_EQ(unsaid[0].source, "a");
  EXPECT_EQ(unsaid[0].count, 41u);
  now += 1min;
  EXPECT_TRUE(limits.unsaid(false).empty());
}

TEST(LineLimits, WhatWasLeftOutIsSaidAtTheEnd) {
  now += 1h;
  LineLimits limits(clock_of_the_test);
  said(limits, "refused", "a", 10, 61);
  ASSERT_EQ(limits.unsaid(true).size(), 1u);
  EXPECT_TRUE(limits.unsaid(true).empty());
}

TEST(LogLine, NoLineIsLongerThanItMay) {
  const std::string worst(64 * 1024, '\x01'), quotes(64 * 1024, '"');
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    for (const std::string& text : {worst, quotes, std::string(64 * 1024, '\xe4')}) {
      const Error error{Code::io, "EIO", text, text};
      const Event events[] = {
          Trouble{error},
          Refused{text, text},
          LoginFailed{text, text, text},
          SessionOpened{1, text, text, text},
          SessionClosed{1, text, text, text, 1, {}},
          TransferDone{.direction = text, .path = text, .error = error, .peer = text, .user = text},
          CommandCalled{.user = text, .peer = text, .name = text, .words = {text, text}, .error = error},
          CommandEnded{.user = text, .name = text, .status = text},
      };
      for (const Event& event : events)
        EXPECT_LE(log_line(event, format, std::chrono::system_clock::now(), UINT64_MAX).size(), longest_line);
    }
  }
}

}  // namespace
}  // namespace dftp::server
