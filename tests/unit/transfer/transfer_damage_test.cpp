// What is left of an interrupted transfer, what is damaged on the disk or on the wire, and how it becomes whole.
#include "tests/unit/transfer/transfer_fixture.h"

namespace dftp {
namespace {

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

}  // namespace
}  // namespace dftp
