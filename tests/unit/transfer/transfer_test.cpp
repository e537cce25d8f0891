// Sender and receiver against each other, over real sockets on one loop.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "proto/storage/posix_storage.h"
#include "proto/transfer/leaf_memory.h"
#include "proto/transfer/receiver.h"
#include "proto/transfer/sender.h"
#include "tests/support/stream_pair.h"
#include "tests/support/temporary_directory.h"

namespace dftp {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

struct Recorder : TransferEvents {
  std::vector<std::string> stored, skipped, failed;
  std::vector<Code> codes;
  std::map<std::string, Proof> proofs;
  bool complete_list = false;
  std::function<void()> on_moved;

  void moved(const Item&, std::uint64_t) override {
    if (on_moved) on_moved();
  }
  void listed() override { complete_list = true; }
  void settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
               const std::optional<Proof>& proof) override {
    auto& where = outcome == Outcome::stored ? stored : outcome == Outcome::skipped ? skipped : failed;
    where.push_back(item.path.relative());
    if (error) codes.push_back(error->code);
    if (proof) proofs[item.path.relative()] = *proof;
  }
};

class Transfer : public testing::Test {
 public:
  ~Transfer() override { fs::remove_all(base_); }

 protected:
  struct Run {
    Result<void> sent, received;
    Totals sender, receiver;
    Recorder sends, receives;
  };

  Transfer() {
    fs::create_directories(from_);
    fs::create_directories(to_);
  }

  void put(const std::string& name, std::string_view content) {
    fs::create_directories((from_ / name).parent_path());
    std::ofstream(from_ / name, std::ios::binary) << content;
  }
  static std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  fs::path only_partial() const {
    for (const auto& entry : fs::directory_iterator(to_))
      if (entry.path().filename().string().starts_with(partial_prefix)) return entry.path();
    return {};
  }

  // Sends `name` beneath from_ to the same name beneath to_.
  Run run(const std::string& name) {
    net::Loop loop;
    net::DiskPool pool(2);
    Run run;
    run.sends.on_moved = moved_;
    std::shared_ptr<Storage> source = open_posix_storage(from_).value();
    std::shared_ptr<Storage> target = open_posix_storage(to_).value();
    const auto path = RemotePath::parse(name).value();
    auto sender =
        std::make_shared<Sender>(loop.executor(), pool, run.sends, std::vector<Source>{{source, path}}, send_);
    auto receiver =
        std::make_shared<Receiver>(loop.executor(), pool, run.receives, std::vector<Target>{{target, path}}, receive_);
    for (int i = 0; i < streams_; ++i) {
      auto pair = test::stream_pair(loop);
      auto out = tamper_ ? test::tampered(std::move(pair.client), tamper_) : std::move(pair.client);
      if (slow_return_ > slow_return_.zero()) out = test::slow_to_return(std::move(out), slow_return_);
      if (i == 0 && slow_lead_) out = test::trickling(std::move(out), 512, 1ms);
      if (i > 0 && trickle_ > trickle_.zero()) out = test::trickling(std::move(out), 64 * 1024, trickle_);
      net::spawn(loop.executor(), sender->serve(std::move(out), i == 0));
      net::spawn(loop.executor(), receiver->serve(std::move(pair.server), i == 0));
    }
    auto [sent, received] = net::run_until_done(loop, net::both(sender->finished(), receiver->finished()));
    run.sent = sent;
    run.received = received;
    run.sender = sender->totals();
    run.receiver = receiver->totals();
    return run;
  }
  void expect_fine(const Run& run) {
    EXPECT_TRUE(run.sent) << describe(run.sent.error());
    EXPECT_TRUE(run.received) << describe(run.received.error());
    EXPECT_TRUE(run.receives.failed.empty());
    EXPECT_EQ(run.sends.stored, run.receives.stored);
    EXPECT_TRUE(run.sends.complete_list && run.receives.complete_list);
  }

  // In memory where that is possible: thousands of small files are synced here.
  fs::path base_ = (fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path()) /
                   ("dftp-transfer-" + std::to_string(::getpid()));
  fs::path from_ = base_ / "from", to_ = base_ / "to";
  SendOptions send_{.recursive = true};
  ReceiveOptions receive_{.owner = "anna"};
  test::Tamper tamper_;
  std::function<void()> moved_;  // the sender has begun to send some of a file
  net::Duration slow_return_{}, trickle_{};
  bool slow_lead_ = false;
  int streams_ = 1;
};

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

TEST_F(Transfer, CutInTheMiddleResumesWhereItStopped) {
  put("file", random_bytes(20'000'000));
  tamper_ = [](std::uint64_t before, MutableBytes) { return before < 12'000'000; };
  auto cut = run("file");
  EXPECT_EQ(cut.received.error().code, Code::disconnected);
  EXPECT_FALSE(fs::exists(to_ / "file"));
  ASSERT_NE(only_partial(), fs::path());
  tamper_ = nullptr;
  const auto rest = run("file");
  expect_fine(rest);
  EXPECT_GT(rest.receiver.resumed, 9'000'000u);
  EXPECT_EQ(rest.receiver.resumed + rest.receiver.transferred, 20'000'000u);
  EXPECT_EQ(rest.sender.resumed, rest.receiver.resumed);
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
}

TEST_F(Transfer, DamagedPartialIsRepaired) {
  send_.fresh = true;
  put("file", random_bytes(20'000'000));
  tamper_ = [](std::uint64_t before, MutableBytes) { return before < 12'000'000; };
  (void)run("file");
  tamper_ = nullptr;
  const auto partial = only_partial();
  std::fstream file(partial, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(5'000'000).write("damage", 6);
  file.close();
  fs::resize_file(partial, fs::file_size(partial) - 100'000);
  const auto rest = run("file");
  expect_fine(rest);
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
  EXPECT_EQ(rest.receiver.resumed + rest.receiver.transferred, 20'000'000u);
  EXPECT_EQ(rest.receiver.repaired, limits::leaf_bytes);
  EXPECT_EQ(rest.sender.repaired, limits::leaf_bytes);
}

TEST_F(Transfer, PartialThatIsTooLongIsCut) {
  put("file", random_bytes(20'000'000));
  tamper_ = [](std::uint64_t before, MutableBytes) { return before < 12'000'000; };
  (void)run("file");
  tamper_ = nullptr;
  fs::resize_file(only_partial(), 30'000'000);
  expect_fine(run("file"));
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
}

TEST_F(Transfer, OldPartialsCanBeCollectedWhereOneIsOpened) {
  for (const char* name : {"tree/small", "tree/in/large"})
    put(name, random_bytes(name == std::string("tree/small") ? 9 : 9'000'000));
  fs::create_directories(to_ / "tree/in");
  for (const char* directory : {"tree", "tree/in"})
    std::ofstream(to_ / directory / (std::string(partial_prefix) + "old")) << "left behind";
  std::mutex mutex;
  std::multiset<std::string> opened;
  receive_.opened_in = [&](Storage& storage, const RemotePath& directory) {
    EXPECT_TRUE(storage.collect_partials(directory, 0s));
    const std::lock_guard lock(mutex);
    opened.insert(directory.relative());
  };
  expect_fine(run("tree"));
  EXPECT_EQ(opened, (std::multiset<std::string>{"tree", "tree/in"}));
  for (const auto& entry : fs::recursive_directory_iterator(to_))
    EXPECT_FALSE(entry.path().filename().string().starts_with(partial_prefix)) << entry.path();
  for (const char* name : {"tree/small", "tree/in/large"}) EXPECT_EQ(content(to_ / name), content(from_ / name));
}

TEST_F(Transfer, ChangedFileIsUpdatedByItsChangedLeaves) {
  auto bytes = random_bytes(20'000'000);
  put("file", bytes);
  expect_fine(run("file"));
  bytes[3'000'000] ^= 1;
  bytes += "appended";
  put("file", bytes);
  const auto update = run("file");
  expect_fine(update);
  EXPECT_EQ(content(to_ / "file"), bytes);
  EXPECT_LE(update.receiver.transferred, 3 * limits::leaf_bytes);
  EXPECT_EQ(update.receiver.repaired + update.sender.repaired, 0);
}

TEST_F(Transfer, FlippedBytesOnTheWireAreRepaired) {
  put("file", random_bytes(20'000'000));
  int flips = 0;
  tamper_ = [&](std::uint64_t before, MutableBytes piece) {
    if (before > 0 && piece.size() > 500'000 && flips < 5) {
      piece[400'000] ^= std::byte{4};
      ++flips;
    }
    return true;
  };
  const auto run = this->run("file");
  expect_fine(run);
  EXPECT_EQ(flips, 5);
  EXPECT_EQ(run.receiver.repaired, 5 * limits::leaf_bytes);
  EXPECT_EQ(run.sender.repaired, 5 * limits::leaf_bytes);
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
}

TEST_F(Transfer, BytesThatAreAlwaysDamagedEndInAnIntegrityError) {
  put("file", random_bytes(3'000'000));
  tamper_ = [](std::uint64_t, MutableBytes piece) {
    if (piece.size() > 60'000) piece[50'000] ^= std::byte{4};
    return true;
  };
  const auto run = this->run("file");
  ASSERT_EQ(run.receives.codes, std::vector{Code::integrity});
  EXPECT_EQ(run.sends.codes, std::vector{Code::integrity});
  EXPECT_FALSE(fs::exists(to_ / "file"));
}

TEST_F(Transfer, HeaderThatPointsToAWrongPlaceIsFoundByTheRoot) {
  put("file", random_bytes(4'000'000));
  tamper_ = [done = false](std::uint64_t, MutableBytes piece) mutable {
    if (!done && piece.size() > 1'000'000 && piece[4] == std::byte{2}) {
      piece[23 - 2] ^= std::byte{0x10};  // the offset, by 1 MiB
      done = true;
    }
    return true;
  };
  expect_fine(run("file"));
  EXPECT_EQ(content(to_ / "file"), content(from_ / "file"));
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

TEST_F(Transfer, MissingSourceAndSpecialFilesAreErrors) {
  const auto missing = run("nothing");
  EXPECT_EQ(missing.receives.codes, std::vector{Code::not_found});
  fs::create_directories(from_ / "tree");
  ASSERT_EQ(::mkfifo((from_ / "tree/fifo").c_str(), 0600), 0);
  put("tree/file", "fine");
  const auto fifo = run("tree");
  EXPECT_EQ(fifo.receives.codes, std::vector{Code::unsupported});
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
  const auto begin = std::chrono::steady_clock::now();
  expect_fine(run("file"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, limits::alive_interval / 2);
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

class Remembered : public Transfer {
 protected:
  Remembered() {
    receive_.overwrite = Overwrite::always;
    send_.memory = &memory_;
    put("f", std::string(20 * limits::leaf_bytes + 7, 'x'));
    // Old enough to be remembered; the change time cannot be set.
    std::this_thread::sleep_for(std::chrono::milliseconds(3200));
  }
  std::shared_ptr<LeafMemory::File> leaves() {
    const auto storage = open_posix_storage(from_).value();
    const auto path = RemotePath::parse("f").value();
    return memory_.file(path, storage->stat(path, Links::keep).value());
  }

  LeafMemory memory_{1 << 20};
};

TEST_F(Remembered, DigestsAreUsedTheNextTime) {
  expect_fine(run("f"));
  std::array<Digest, 21> digests;
  ASSERT_TRUE(leaves()->get(0, digests)) << "all were hashed, and are remembered";
  fs::remove(to_ / "f");
  const auto again = run("f");
  expect_fine(again);
  EXPECT_EQ(again.receiver.repaired, 0u);
  EXPECT_TRUE(content(to_ / "f") == content(from_ / "f"));
}

TEST_F(Remembered, DigestsThatAreWrongAreFoundAndForgotten) {
  leaves()->put(0, std::array<Digest, 21>{});
  const auto first = run("f");
  expect_fine(first);
  EXPECT_EQ(first.receiver.repaired, 20 * limits::leaf_bytes + 7);
  EXPECT_TRUE(content(to_ / "f") == content(from_ / "f"));
  fs::remove(to_ / "f");
  EXPECT_EQ(run("f").receiver.repaired, 0u);
}

// The bytes are left in the file then, and are what they are when the kernel sends them.
TEST_F(Remembered, FileThatShrinksOnItsWayIsAnErrorOfThatFile) {
  expect_fine(run("f"));
  fs::remove(to_ / "f");
  moved_ = [this] { fs::resize_file(from_ / "f", limits::leaf_bytes); };
  const auto again = run("f");
  EXPECT_EQ(again.receives.codes, std::vector{Code::changed});
  EXPECT_FALSE(fs::exists(to_ / "f"));
}

TEST_F(Remembered, WhatTheReceiverHasIsComparedWithThem) {
  expect_fine(run("f"));
  std::string changed = content(to_ / "f");
  changed[3 * limits::leaf_bytes] = 'y';
  std::ofstream(to_ / "f", std::ios::binary) << changed;
  const auto again = run("f");
  expect_fine(again);
  EXPECT_EQ(again.receiver.transferred, limits::leaf_bytes);
  EXPECT_TRUE(content(to_ / "f") == content(from_ / "f"));
}

}  // namespace
}  // namespace dftp
