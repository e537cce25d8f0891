// What arrives, and what does not.
#include "tests/unit/transfer/transfer_fixture.h"

namespace dftp {
namespace {

class Sizes : public Transfer, public testing::WithParamInterface<std::tuple<std::size_t, int, std::uint64_t>> {};

TEST_P(Sizes, ArriveWholeWithModeAndTime) {
  const auto [size, streams, eager] = GetParam();
  streams_ = streams;
  send_.eager = eager;
  put("file", random_bytes(size));
  fs::permissions(from_ / "file", fs::perms(0640));
  const auto run = this->run("file");
  expect_fine(run);
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
  EXPECT_EQ(fs::last_write_time(to_ / "file"), fs::last_write_time(from_ / "file"));
  EXPECT_EQ(fs::status(to_ / "file").permissions(), fs::perms(0640));
  EXPECT_EQ(run.receiver.transferred, size);
  EXPECT_EQ(run.sender.transferred, size);
  EXPECT_EQ(run.receiver.files, 1u);
  EXPECT_EQ(run.receives.proofs.at(".").root, run.sends.proofs.at(".").root);
  EXPECT_EQ(only_partial(), fs::path());
}

INSTANTIATE_TEST_SUITE_P(, Sizes,
                         testing::Combine(testing::Values(0, 1, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1,
                                                          10'000'000),
                                          testing::Values(1, 3), testing::Values(0, 1 << 20)));

TEST_F(Transfer, TreeKeepsLinksEmptyDirectoriesAndDirectoryTimes) {
  put("tree/a/b/deep.txt", "deep");
  put("tree/\xe5\xb0\x84\xe9\xa2\x91.pptx", random_bytes(3000));
  put("tree/new\nline", "x");
  put("tree/\xff\xfe", "invalid utf-8");
  fs::create_directories(from_ / "tree/empty");
  fs::create_symlink("a/b/deep.txt", from_ / "tree/link");
  fs::create_symlink("/outside/nowhere", from_ / "tree/absolute");
  fs::permissions(from_ / "tree/a", fs::perms(0550));
  for (const auto* directory : {"tree/a/b", "tree/a", "tree/empty", "tree"})
    fs::last_write_time(from_ / directory, fs::file_time_type::clock::now() - 1000h);
  for (const std::uint64_t eager : {0, 65536}) {
    send_.eager = eager;
    const auto run = this->run("tree");
    expect_fine(run);
    for (const auto& entry : fs::recursive_directory_iterator(from_)) {
      const auto there = to_ / entry.path().lexically_relative(from_);
      ASSERT_TRUE(fs::exists(fs::symlink_status(there))) << there;
      if (entry.is_symlink()) {
        EXPECT_EQ(fs::read_symlink(there), fs::read_symlink(entry.path()));
        continue;
      }
      EXPECT_EQ(fs::last_write_time(there), entry.last_write_time()) << there;
      EXPECT_EQ(fs::status(there).permissions(), entry.status().permissions()) << there;
      if (entry.is_regular_file()) {
        EXPECT_EQ(content(there), content(entry.path()));
      }
    }
    fs::permissions(to_ / "tree/a", fs::perms(0750));
    fs::remove_all(to_ / "tree");
  }
}

TEST_F(Transfer, SecondRunSkipsWhatIsTheSame) {
  for (int i = 0; i < 300; ++i) put("tree/" + std::to_string(i), random_bytes(100 * i));
  send_.eager = 65536;
  expect_fine(run("tree"));
  send_.eager = 0;
  put("tree/7", "changed");
  const auto again = run("tree");
  expect_fine(again);
  EXPECT_EQ(again.receiver.skipped, 299u);
  EXPECT_EQ(again.receiver.files, 1u);
  EXPECT_EQ(again.receiver.transferred, 7u);
  EXPECT_EQ(content(to_ / "tree/7"), "changed");
}

TEST_F(Transfer, EagerContentThatIsNotNeededIsDropped) {
  for (int i = 0; i < 50; ++i) put("tree/" + std::to_string(i), random_bytes(5000));
  send_.eager = 65536;
  expect_fine(run("tree"));
  const auto again = run("tree");
  expect_fine(again);
  EXPECT_EQ(again.receiver.skipped, 50u);
}

TEST_F(Transfer, ManySmallFilesInManyDirectories) {
  for (int i = 0; i < 6000; ++i)
    put("tree/" + std::to_string(i % 60) + "/" + std::to_string(i), random_bytes(i % 500, i));
  for (const std::uint64_t eager : {65536, 0}) {
    send_.eager = eager;
    streams_ = 3;
    const auto run = this->run("tree");
    expect_fine(run);
    EXPECT_EQ(run.receiver.files, 6000u);
    for (int i = 0; i < 6000; ++i) {
      const auto name = "tree/" + std::to_string(i % 60) + "/" + std::to_string(i);
      ASSERT_EQ(content(to_ / name), content(from_ / name));
    }
    fs::remove_all(to_ / "tree");
  }
}

TEST_F(Transfer, SmallFilesThatOvertakeTheirAnnouncementsArrive) {
  for (int i = 0; i < 300; ++i) put("tree/" + std::to_string(i), random_bytes(5000, static_cast<unsigned>(i)));
  streams_ = 3;
  slow_lead_ = true;
  send_.eager = limits::leaf_bytes;
  send_.streams = 3;
  const auto run = this->run("tree");
  expect_fine(run);
  EXPECT_EQ(run.receiver.files, 300u);
  EXPECT_EQ(run.receiver.repaired, 0u);
  for (int i = 0; i < 300; ++i) {
    const auto name = fs::path("tree") / std::to_string(i);
    ASSERT_TRUE(content(to_ / name) == content(from_ / name)) << name;
  }
}

TEST_F(Transfer, SparseFileStaysSparse) {
  // On a disk, where making room for a whole file would fill its holes.
  const TemporaryDirectory disk;
  from_ = disk / "from";
  to_ = disk / "to";
  fs::create_directories(from_);
  fs::create_directories(to_);
  put("file", "");
  fs::resize_file(from_ / "file", 500'000'000);
  std::fstream file(from_ / "file", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(200'000'000).write("island", 6);
  file.close();
  const auto run = this->run("file");
  expect_fine(run);
  EXPECT_LE(run.receiver.transferred, 200'000u);
  struct stat there;
  ASSERT_EQ(::stat((to_ / "file").c_str(), &there), 0);
  EXPECT_EQ(there.st_size, 500'000'000);
  EXPECT_LT(there.st_blocks * 512, 1'000'000);
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
}

TEST_F(Transfer, WholeMd5IsComparedAndReported) {
  put("tree/large", random_bytes(9'000'000));
  put("tree/small", "hello\n");
  send_.md5 = receive_.md5 = true;
  send_.eager = 65536;
  streams_ = 2;
  const auto run = this->run("tree");
  expect_fine(run);
  EXPECT_EQ(to_hex(run.receives.proofs.at("small").md5.value()), "b1946ac92492d2347c6235b4d2611184");
  EXPECT_EQ(run.receives.proofs.at("large").md5.value(), md5(as_bytes(content(from_ / "tree/large"))));
  EXPECT_EQ(run.sends.proofs.at("large").md5, run.receives.proofs.at("large").md5);
  EXPECT_EQ(run.sends.proofs.at("small").md5, run.receives.proofs.at("small").md5);
}

TEST_F(Transfer, OverwriteNeverLeavesWhatIsThere) {
  put("file", "new");
  std::ofstream(to_ / "file") << "old";
  receive_.overwrite = Overwrite::never;
  const auto run = this->run("file");
  EXPECT_EQ(run.receives.codes, std::vector{Code::exists});
  EXPECT_EQ(run.sends.codes, std::vector{Code::exists});
  EXPECT_EQ(content(to_ / "file"), "old");
}

TEST_F(Transfer, DirectoryInTheWayOfAFileIsAnErrorOfThatFileOnly) {
  put("tree/a", "a");
  put("tree/b", "b");
  fs::create_directories(to_ / "tree/a");
  const auto run = this->run("tree");
  EXPECT_TRUE(run.received);
  EXPECT_EQ(run.receives.codes, std::vector{Code::is_directory});
  EXPECT_EQ(content(to_ / "tree/b"), "b");
}

TEST_F(Transfer, FileInTheWayOfADirectoryFailsWhatIsBeneathIt) {
  put("tree/a/1", "1");
  put("tree/b", "b");
  fs::create_directories(to_ / "tree");
  std::ofstream(to_ / "tree/a") << "file";
  const auto run = this->run("tree");
  EXPECT_TRUE(run.received);
  EXPECT_EQ(run.receiver.failed, 2u);
  EXPECT_EQ(content(to_ / "tree/a"), "file");
  EXPECT_EQ(content(to_ / "tree/b"), "b");
}

TEST_F(Transfer, AMissingSourceIsAnErrorAndASpecialFileOfATreeIsLeftOut) {
  const auto missing = run("nothing");
  EXPECT_EQ(missing.receives.codes, std::vector{Code::not_found});
  fs::create_directories(from_ / "tree");
  ASSERT_EQ(::mkfifo((from_ / "tree/fifo").c_str(), 0600), 0);
  put("tree/file", "fine");
  const auto fifo = run("tree");
  for (const Recorder* end : {&fifo.sends, &fifo.receives}) {
    EXPECT_EQ(end->codes, std::vector{Code::special_file});
    EXPECT_EQ(end->special, std::vector<std::string>{"fifo"});
    EXPECT_TRUE(end->failed.empty());
  }
  EXPECT_EQ(fifo.receiver.special, 1u);
  EXPECT_EQ(run("tree/fifo").receives.codes, std::vector{Code::unsupported});
  EXPECT_EQ(content(to_ / "tree/file"), "fine");
}

TEST_F(Transfer, SourceThatChangesWhileItIsReadIsNeverDelivered) {
  put("file", random_bytes(20'000'000));
  tamper_ = [this, done = false](std::uint64_t before, MutableBytes) mutable {
    if (!done && before > 5'000'000) {
      std::ofstream(from_ / "file", std::ios::app) << "grown";
      done = true;
    }
    return true;
  };
  const auto grown = run("file");
  EXPECT_EQ(grown.receives.codes, std::vector{Code::changed});
  EXPECT_FALSE(fs::exists(to_ / "file"));
  tamper_ = [this, done = false](std::uint64_t before, MutableBytes) mutable {
    if (!done && before > 2'000'000) {
      fs::resize_file(from_ / "file", 3'000'000);
      done = true;
    }
    return true;
  };
  put("file", random_bytes(20'000'000, 2));
  const auto shrunk = run("file");
  EXPECT_EQ(shrunk.receives.codes, std::vector{Code::changed});
  EXPECT_FALSE(fs::exists(to_ / "file"));
}

// The answer comes while the write of the question has not returned; it must not be slept over until `alive` is due.
TEST_F(Transfer, AnswerThatOvertakesTheEndOfAWriteIsServedAtOnce) {
  put("file", random_bytes(3'000'000));
  slow_return_ = 100ms;
  int alive = 0;
  std::array<std::byte, block_header_bytes> header;
  tamper_ = [&, next = std::uint64_t{0}](std::uint64_t before, MutableBytes piece) mutable {
    for (std::uint64_t at = before; at < before + piece.size(); ++at) {
      if (at < next || at >= next + header.size()) continue;
      header[at - next] = piece[at - before];
      if (at + 1 < next + header.size()) continue;
      const auto block = decode_block_header(header, Carries::transfer);
      if (!block) return false;
      alive += block->type == BlockType::alive;
      next += header.size() + block->length;
    }
    return true;
  };
  expect_fine(run("file"));
  EXPECT_LE(alive, 2);  // they tell what held it up; one more would be that it was due
}

// Its last block takes longer than other connections are usually waited for.
TEST_F(Transfer, SlowSecondConnectionIsWaitedFor) {
  put("file", random_bytes(2'000'000));
  streams_ = 2;
  trickle_ = 400ms;
  const auto run = this->run("file");
  expect_fine(run);
  EXPECT_EQ(run.receiver.repaired, 0u);
  EXPECT_EQ(run.receiver.transferred, 2'000'000u);
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
}

TEST_F(Transfer, SecondUploadOfTheSameFileIsBusy) {
  put("file", random_bytes(5'000'000));
  std::shared_ptr<Storage> target = open_posix_storage(to_).value();
  auto held = target->open_partial(RemotePath::parse("file").value(), "anna").value();
  const auto run = this->run("file");
  EXPECT_EQ(run.receives.codes, std::vector{Code::busy});
}

}  // namespace
}  // namespace dftp
