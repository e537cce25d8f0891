// FIFOs, sockets and devices are seen, never opened.
#include <stdio.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <atomic>
#include <thread>

#include "proto/storage/descriptor.h"
#include "tests/support/one_thread.h"
#include "tests/unit/storage/on_disk.h"

namespace dftp {
namespace {

using SpecialFiles = OnDisk;

TEST_F(SpecialFiles, WriterOfAFifoIsNotWoken) {
  const std::string fifo = root / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::atomic<bool> woken = false;
  std::thread writer([&] {
    const Descriptor end(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
    woken = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(outcome(storage().open(at("fifo"), Links::follow)), "unsupported");
  EXPECT_EQ(storage().stat(at("fifo"), Links::follow).value().type, FileType::other);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(woken);
  const Descriptor release(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  writer.join();
}

TEST_F(SpecialFiles, SocketIsNotOpened) {
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = root / "socket";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(outcome(storage().open(at("socket"), Links::follow)), "unsupported");
  EXPECT_EQ(storage().list(at("/")).value()->next().value()->type, FileType::other);
  EXPECT_EQ(outcome(storage().set_mode(at("socket"), 0600)), "ok");
}

TEST_F(SpecialFiles, NothingReplacesThem) {
  ASSERT_EQ(::mkfifo((root / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(outcome(put(storage(), "fifo", "a file")), "unsupported");
  EXPECT_EQ(outcome(storage().make_symlink("target", at("fifo"), true)), "unsupported");
  EXPECT_TRUE(S_ISFIFO(status_of(root / "fifo").st_mode));
}

TEST_F(SpecialFiles, DeviceIsNotOpened) {
  const std::string device = root / "device";
  if (::mknod(device.c_str(), S_IFCHR | 0666, makedev(1, 5)) != 0) GTEST_SKIP() << "devices cannot be made here";
  EXPECT_EQ(outcome(storage().open(at("device"), Links::follow)), "unsupported");
  EXPECT_EQ(outcome(storage().open_partial(at("device"), "ada")), "unsupported");
}

TEST_F(SpecialFiles, ADirectoryKeepsItsBitsAboveTheMode) {
  std::filesystem::create_directory(root / "d");
  for (const mode_t bits : {02000, 01000, 03000}) {
    ASSERT_EQ(::chmod((root / "d").c_str(), bits | 0755), 0);
    EXPECT_EQ(outcome(storage().set_mode(at("d"), 0700)), "ok");
    EXPECT_EQ(status_of(root / "d").st_mode & 07777, bits | 0700);
  }
}

TEST_F(SpecialFiles, ADirectoryIsLentTheGroupOfTheOneAbove) {
  std::filesystem::create_directory(root / "d");
  ASSERT_EQ(::chmod((root / "d").c_str(), 02755), 0);
  EXPECT_EQ(outcome(storage().make_directory(at("d/e"), 0700)), "ok");
  EXPECT_EQ(status_of(root / "d/e").st_mode & 07777, mode_t{02700});
}

TEST_F(SpecialFiles, ADirectoryThatMayBeReadButNotSearchedSaysSo) {
  std::filesystem::create_directory(root / "d");
  write_file(root / "d" / "file", "x");
  const bool ran = one_thread::unprivileged(root / "d", [&] {
    ASSERT_EQ(::chmod((root / "d").c_str(), 0444), 0);
    auto listing = storage().list(at("d")).value();
    EXPECT_EQ(listing->next().value()->name, "file");
    const auto attributes = listing->attributes("file");
    ASSERT_EQ(outcome(attributes), "denied");
    EXPECT_EQ(attributes.error().where, "/d");
    EXPECT_NE(attributes.error().detail.find("search"), std::string::npos) << attributes.error().detail;
  });
  std::filesystem::permissions(root / "d", std::filesystem::perms(0755));
  if (!ran) GTEST_SKIP() << "no other user here";
}

TEST_F(SpecialFiles, AFileLosesItsSetIdBits) {
  write_file(root / "file", "x");
  ASSERT_EQ(::chmod((root / "file").c_str(), 06755), 0);
  EXPECT_EQ(outcome(storage().set_mode(at("file"), 04711)), "ok");
  EXPECT_EQ(status_of(root / "file").st_mode & 07777, mode_t{0711});
}

// Somebody swaps a file and a FIFO all the time; nobody who waits at the FIFO's other end is let in.
class SwappedFifo : public OnDisk {
 protected:
  SwappedFifo() {
    write_file(root / "name", "content");
    EXPECT_EQ(::mkfifo((root / "other").c_str(), 0600), 0);
    EXPECT_EQ(::link((root / "other").c_str(), (outside / "fifo").c_str()), 0);
    writer_ = std::thread([this] {
      const Descriptor end(::open((outside / "fifo").c_str(), O_WRONLY | O_CLOEXEC));
      woken_ = true;
    });
    swapper_ = std::jthread([this](const std::stop_token& stopped) {
      while (!stopped.stop_requested()) {
        ::renameat2(AT_FDCWD, (root / "name").c_str(), AT_FDCWD, (root / "other").c_str(), RENAME_EXCHANGE);
        ++swaps_;
      }
    });
  }
  ~SwappedFifo() override {
    swapper_.request_stop();
    const Descriptor release(::open((outside / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    writer_.join();
  }

  // Until each of both was there often.
  template <class Open>
  void expect_asleep(Open open) {
    int opened = 0, refused = 0;
    for (int i = 0; (opened < 500 || refused < 500 || swaps_ < 5000) && i < 1'000'000; ++i)
      ++(open() ? opened : refused);
    EXPECT_GE(opened, 500);
    EXPECT_GE(refused, 500);
    EXPECT_FALSE(woken_);
  }

 private:
  std::atomic<bool> woken_ = false;
  std::atomic<int> swaps_ = 0;
  std::thread writer_;
  std::jthread swapper_;
};

TEST_F(SwappedFifo, IsNotOpenedByItsPath) {
  expect_asleep([this] { return storage().open(at("name"), Links::follow).has_value(); });
}

TEST_F(SwappedFifo, IsNotOpenedFromAListing) {
  const auto listing = storage().list(at("/")).value();
  expect_asleep([&] { return listing->open("name").has_value(); });
}

TEST_F(SwappedFifo, IsNotCopiedInto) {
  auto opened = storage().open_partial(at("name"), "ada");
  while (!opened) opened = storage().open_partial(at("name"), "ada");  // not while the FIFO has the name
  const auto partial = std::move(opened->file);
  expect_asleep([&] { return partial->copy_target(7).has_value(); });
}

}  // namespace
}  // namespace dftp
