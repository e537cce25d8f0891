// The log against files and pipes that do not take what it has to say.
#include "server/observe/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A pipe with a name, whose reader takes nothing until it is asked to.
class LogTest : public testing::Test {
 public:
  ~LogTest() override { ::close(reader); }

 protected:
  LogTest() {
    if (::mkfifo(pipe.c_str(), 0600) != 0) throw std::runtime_error("no pipe");
    reader = ::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }

  // What has come, until nothing has come for a moment.
  std::string drain() const {
    std::string text;
    char piece[4096];
    for (auto last = Clock::now(); Clock::now() - last < 200ms;) {
      const auto got = ::read(reader, piece, sizeof piece);
      if (got > 0) {
        text.append(piece, static_cast<std::size_t>(got));
        last = Clock::now();
      } else {
        ::usleep(1000);
      }
    }
    return text;
  }

  TemporaryDirectory directory;
  const std::filesystem::path pipe = directory / "pipe";
  int reader = -1;
};

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return std::move(text).str();
}

std::size_t count(const std::string& text, std::string_view word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) ++found;
  return found;
}

std::size_t sum_behind(const std::string& text, std::string_view word) {
  std::size_t sum = 0;
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1))
    sum += std::stoull(text.substr(at + word.size(), 20));
  return sum;
}

TEST_F(LogTest, LinesAreInTheFileWhenTheLogIsClosed) {
  const auto file = directory / "log";
  for (int i = 0; i < 2; ++i) {
    const auto log = Log::open(file, LogFormat::text).value();
    log->note(ServerStopping{7});
    log->note(ServerStopped{});
  }
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(count(text.str(), " stopping sessions=7\n"), 2u);
  EXPECT_EQ(count(text.str(), " stopped\n"), 2u);
}

TEST_F(LogTest, APipeThatNobodyReadsKeepsNobodyWaiting) {
  constexpr std::size_t max = 20'000;
  const auto log = Log::open(pipe, LogFormat::text).value();
  for (std::size_t i = 0; i < max; ++i) log->note(SessionOpened{i, "192.0.2.7:5", "ada", "test"});

  std::string text = drain();
  log->note(ServerStopped{});
  text += drain();
  const auto written = count(text, " session-open ");
  EXPECT_GT(written, 100u);
  EXPECT_LT(written, max);
  // Said in one piece or in several.
  EXPECT_EQ(sum_behind(text, " lines-lost count="), max - written);
  EXPECT_TRUE(text.ends_with(" stopped\n"));
}

TEST_F(LogTest, ClosingGivesUpOnAPipeThatNobodyReads) {
  auto log = Log::open(pipe, LogFormat::text).value();
  for (std::size_t i = 0; i < 5000; ++i) log->note(SessionOpened{i, "192.0.2.7:5", "ada", "test"});
  log.reset();
  drain();  // so that its thread ends
}

TEST_F(LogTest, StrangersGetSoManyLinesAMinute) {
  const auto file = directory / "log";
  {
    const auto log = Log::open(file, LogFormat::text).value();
    for (int i = 0; i < 1000; ++i) {
      log->note(Refused{"192.0.2.7:5", "no such ticket"});
      log->note(LoginFailed{"192.0.2.7:5", "root", "password"});
      if (i % 10 == 0) log->note(SessionOpened{1, "192.0.2.7:5", "ada", "test"});
    }
  }
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(count(text.str(), " refused "), 60u);
  EXPECT_EQ(count(text.str(), " login-failed "), 60u);
  EXPECT_EQ(count(text.str(), " session-open "), 100u);
}

TEST_F(LogTest, GoesOnInAnotherFileAndFormatOrStaysAsItWas) {
  const auto first = directory / "first", second = directory / "second";
  {
    auto log = Log::open(first, LogFormat::text).value();
    log->note(ServerStopping{1});
    EXPECT_FALSE(log->change(directory / "none/log", LogFormat::json));
    log->note(ServerStopping{2});
    EXPECT_TRUE(log->change(first, LogFormat::json));
    log->note(ServerStopping{3});
    // What waits goes on there as well, so wait for it here.
    for (int i = 0; i < 5000 && count(content(first), "stopping") < 3; ++i) ::usleep(1000);
    EXPECT_TRUE(log->change(second, LogFormat::text));
    log->note(ServerStopping{4});
  }
  EXPECT_EQ(count(content(first), " stopping sessions="), 2u) << content(first);
  EXPECT_EQ(count(content(first), "\"sessions\":3"), 1u) << content(first);
  EXPECT_EQ(count(content(second), " stopping sessions=4"), 1u) << content(second);
}

}  // namespace
}  // namespace dftp::server
