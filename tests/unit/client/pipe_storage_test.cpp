#include "client/pipe_storage.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "proto/storage/descriptor.h"
#include "proto/wire/limits.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

using namespace std::chrono_literals;

class PipeStorageTest : public testing::Test {
 protected:
  PipeStorageTest() {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    read_end = Descriptor(ends[0]);
    write_end = Descriptor(ends[1]);
    ::signal(SIGPIPE, SIG_IGN);
  }

  void feed(std::string_view text) const {
    ASSERT_EQ(::write(write_end.number(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string drained(std::size_t size) const {
    std::string text(size, '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(read_end.number(), text.data(), size), 0)));
    return text;
  }
  std::unique_ptr<ReadFile> opened_source() {
    storage = make_pipe_source(read_end.number()).value();
    return storage->open(path, Links::follow).value();
  }
  std::unique_ptr<PartialFile> opened_sink() {
    storage = make_pipe_sink(write_end.number()).value();
    return std::move(storage->open_partial(path, "dftp").value().file);
  }
  static Result<std::string> read(ReadFile& file, std::uint64_t offset, std::size_t size) {
    std::string text(size, '\0');
    const auto count = file.read_at(offset, std::as_writable_bytes(std::span(text)));
    if (!count) return std::unexpected(count.error());
    text.resize(*count);
    return text;
  }

  const RemotePath path = RemotePath::parse("-").value();
  Descriptor read_end, write_end;
  std::shared_ptr<PipeStorage> storage;
};

TEST_F(PipeStorageTest, SourceReadsUntilFullAndThenToTheEnd) {
  const auto file = opened_source();
  std::jthread writer([&] {
    for (const char* piece : {"ab", "cd", "efg"}) {
      feed(piece);
      std::this_thread::sleep_for(5ms);
    }
    write_end = {};
  });
  EXPECT_EQ(read(*file, 0, 4), "abcd");
  EXPECT_EQ(read(*file, 4, 100), "efg");
  EXPECT_EQ(read(*file, 7, 100), "");
  EXPECT_EQ(storage->position(), 7u);
}

TEST_F(PipeStorageTest, SourceCannotGoBackOrSkip) {
  const auto file = opened_source();
  feed("abcdef");
  EXPECT_EQ(read(*file, 0, 2), "ab");
  EXPECT_TRUE(fails_with(read(*file, 0, 2), Code::changed));
  EXPECT_TRUE(fails_with(read(*file, 4, 2), Code::changed));
  EXPECT_EQ(read(*file, 2, 2), "cd");
}

TEST_F(PipeStorageTest, SourceGoesOnInTheNextFile) {
  feed("abcd");
  const auto first = opened_source();
  EXPECT_EQ(read(*first, 0, 2), "ab");
  const auto second = storage->open(path, Links::follow).value();
  EXPECT_TRUE(fails_with(read(*second, 0, 2), Code::changed));
  EXPECT_EQ(read(*second, 2, 2), "cd");
}

TEST_F(PipeStorageTest, BlockedReadEndsWhenInterrupted) {
  const auto file = opened_source();
  auto blocked = std::async(std::launch::async, [&] { return read(*file, 0, 4); });
  EXPECT_EQ(blocked.wait_for(20ms), std::future_status::timeout);
  storage->interrupt();
  ASSERT_EQ(blocked.wait_for(5s), std::future_status::ready);
  EXPECT_TRUE(fails_with(blocked.get(), Code::cancelled));
}

TEST_F(PipeStorageTest, InterruptedPipeStaysSoUntilResumed) {
  const auto file = opened_source();
  feed("ab");
  storage->interrupt();
  storage->interrupt();
  EXPECT_TRUE(fails_with(read(*file, 0, 2), Code::cancelled));
  storage->resume();
  EXPECT_EQ(read(*file, 0, 2), "ab");
}

TEST_F(PipeStorageTest, SinkWritesInOrderAndKnowsItsPosition) {
  const auto file = opened_sink();
  EXPECT_TRUE(file->write_at(0, as_bytes("abc")));
  EXPECT_TRUE(file->write_at(3, as_bytes("def")));
  EXPECT_EQ(drained(100), "abcdef");
  EXPECT_EQ(storage->position(), 6u);
  EXPECT_EQ(file->publish({}).value().size, 6u);
}

TEST_F(PipeStorageTest, SinkIsNoDescriptorOfThisProcessAlone) {
  EXPECT_TRUE(fails_with(make_pipe_sink(-1), Code::not_found));
  const Descriptor own(::fcntl(write_end.number(), F_DUPFD_CLOEXEC, 0));
  EXPECT_TRUE(fails_with(make_pipe_sink(own.number()), Code::not_found));
}

TEST_F(PipeStorageTest, SinkSkipsWhatWasDelivered) {
  const auto file = opened_sink();
  EXPECT_TRUE(file->write_at(0, as_bytes("abc")));
  EXPECT_TRUE(file->write_at(1, as_bytes("bcde")));
  EXPECT_TRUE(file->write_at(0, as_bytes("a")));
  EXPECT_EQ(drained(100), "abcde");
}

TEST_F(PipeStorageTest, SinkRefusesAGap) {
  const auto file = opened_sink();
  EXPECT_TRUE(file->write_at(0, as_bytes("abc")));
  EXPECT_TRUE(fails_with(file->write_at(4, as_bytes("e")), Code::integrity));
  EXPECT_EQ(storage->position(), 3u);
}

TEST_F(PipeStorageTest, SinkWritesZerosForAHole) {
  const auto file = opened_sink();
  EXPECT_TRUE(file->write_at(0, as_bytes("a")));
  EXPECT_TRUE(file->zero(0, 3));
  EXPECT_EQ(drained(100), std::string("a\0\0", 3));
}

TEST_F(PipeStorageTest, NextAttemptBeginsAtTheLastWholeLeaf) {
  const std::string text(limits::leaf_bytes + 100, 'x');
  std::jthread reader([&] {
    for (std::size_t have = 0; have < text.size();) have += drained(text.size()).size();
  });
  const auto first = opened_sink();
  EXPECT_EQ(first->verified_prefix(), 0u);
  EXPECT_TRUE(first->write_at(0, as_bytes(text)));
  const auto second = std::move(storage->open_partial(path, "dftp").value().file);
  EXPECT_EQ(second->verified_prefix(), limits::leaf_bytes);
  EXPECT_EQ(second->attributes().value().size, text.size());
}

TEST_F(PipeStorageTest, Md5IsThatOfAllAttempts) {
  storage = make_pipe_sink(write_end.number(), true).value();
  const auto first = std::move(storage->open_partial(path, "dftp").value().file);
  EXPECT_TRUE(first->write_at(0, as_bytes("abcd")));
  const auto second = std::move(storage->open_partial(path, "dftp").value().file);
  EXPECT_TRUE(second->write_at(0, as_bytes("abcdef")));
  EXPECT_TRUE(second->zero(6, 2));
  EXPECT_EQ(second->whole_md5(), md5(as_bytes(std::string("abcdef\0\0", 8))));
  EXPECT_EQ(first->whole_md5(), second->whole_md5());
}

TEST_F(PipeStorageTest, Md5IsNotKnownUnlessItIsWanted) {
  EXPECT_EQ(opened_sink()->whole_md5(), std::nullopt);
}

TEST_F(PipeStorageTest, WhatWasDeliveredCannotBeCutOff) {
  const auto file = opened_sink();
  EXPECT_TRUE(file->truncate(0));
  EXPECT_TRUE(file->write_at(0, as_bytes("abc")));
  EXPECT_TRUE(file->truncate(3));
  EXPECT_TRUE(fails_with(file->truncate(2), Code::changed));
}

TEST_F(PipeStorageTest, BlockedWriteEndsWhenInterrupted) {
  const auto file = opened_sink();
  const std::string much(1024 * 1024, 'x');
  auto blocked = std::async(std::launch::async, [&] { return file->write_at(0, as_bytes(much)); });
  EXPECT_EQ(blocked.wait_for(50ms), std::future_status::timeout);
  storage->interrupt();
  ASSERT_EQ(blocked.wait_for(5s), std::future_status::ready);
  EXPECT_TRUE(fails_with(blocked.get(), Code::cancelled));
  EXPECT_GT(storage->position(), 0u);
}

TEST_F(PipeStorageTest, RoomIsWaitedForUntilSomebodyReads) {
  const auto file = opened_sink();
  EXPECT_FALSE(storage->wait_for_room().value());
  const std::string much(1024 * 1024, 'x');
  auto blocked = std::async(std::launch::async, [&] { return file->write_at(0, as_bytes(much)); });
  EXPECT_EQ(blocked.wait_for(50ms), std::future_status::timeout);
  storage->interrupt();
  blocked.wait();
  EXPECT_TRUE(fails_with(storage->wait_for_room(), Code::cancelled));
  storage->resume();
  auto waiting = std::async(std::launch::async, [&] { return storage->wait_for_room(); });
  EXPECT_EQ(waiting.wait_for(50ms), std::future_status::timeout);
  std::string room(1024 * 1024, '\0');
  EXPECT_GT(::read(read_end.number(), room.data(), room.size()), 0);
  EXPECT_TRUE(waiting.get().value());
}

TEST_F(PipeStorageTest, SharedPipeIsLeftBlocking) {
  opened_sink();
  EXPECT_EQ(::fcntl(write_end.number(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(PipeStorageTest, ReaderThatWentAwayIsAnError) {
  const auto file = opened_sink();
  read_end = {};
  const auto written = file->write_at(0, as_bytes("abc"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().errno_name, "EPIPE");
}

TEST_F(PipeStorageTest, SinkIsANameThatIsFree) {
  opened_sink();
  EXPECT_TRUE(fails_with(storage->stat(path, Links::keep), Code::not_found));
  EXPECT_TRUE(storage->sync_directory({}));
}

TEST_F(PipeStorageTest, DirectoriesDoNotFitThroughAPipe) {
  opened_sink();
  EXPECT_TRUE(fails_with(storage->make_directory(path, 0755), Code::unsupported));
  EXPECT_TRUE(fails_with(storage->make_symlink("a", path, true), Code::unsupported));
}

TEST(PipeToFile, RegularFileIsWrittenToo) {
  const Descriptor file(::open("/tmp", O_TMPFILE | O_RDWR, 0600));
  if (!file) GTEST_SKIP() << "no O_TMPFILE here";
  const auto storage = make_pipe_sink(file.number()).value();
  const auto sink = std::move(storage->open_partial({}, "dftp").value().file);
  EXPECT_TRUE(sink->write_at(0, as_bytes(std::string(100'000, 'x'))));
  EXPECT_EQ(::lseek(file.number(), 0, SEEK_END), 100'000);
}

}  // namespace
}  // namespace dftp::client
