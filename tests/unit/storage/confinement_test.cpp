// Nothing leads out of the root, also when somebody changes directories into links in that moment.
#include <stdio.h>

#include <thread>

#include "tests/support/one_thread.h"
#include "tests/unit/storage/on_disk.h"

namespace dftp {
namespace {

class Confinement : public OnDisk {
 protected:
  Confinement() {
    std::filesystem::create_directory(root / "a");
    write_file(root / "a/file", "inside");
    write_file(outside / "file", "outside");
    std::filesystem::create_directory(outside / "empty");
    std::filesystem::create_symlink("../outside", root / "b");
  }

  // What "a" is and what "b" is, swapped over and over; in between there is never nothing.
  std::jthread swapping() {
    return std::jthread([this](std::stop_token stop) {
      const std::string a = root / "a", b = root / "b";
      while (!stop.stop_requested()) ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    });
  }

  void expect_outside_untouched() const {
    EXPECT_EQ(read_file(outside / "file"), "outside");
    EXPECT_EQ(status_of(outside / "file").st_mode & 0777, before_.st_mode & 0777);
    EXPECT_EQ(status_of(outside / "file").st_mtim.tv_sec, before_.st_mtim.tv_sec);
    std::size_t entries = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(outside)) {
      ++entries;
      EXPECT_TRUE(entry.path().filename() == "file" || entry.path().filename() == "empty") << entry.path();
    }
    EXPECT_EQ(entries, 2u);
  }

  // The swap refuses it now and then. The names are outside, too.
  template <class Try>
  void until_done(Try attempt) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto done = attempt();
    while (!done && std::chrono::steady_clock::now() < end) done = attempt();
    ASSERT_EQ(outcome(done), "ok");
  }

  // Until both outcomes were seen often; a machine may need a moment to make them meet.
  template <class Try>
  void until_both(Try attempt) {
    int through = 0, refused = 0;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while ((through < 100 || refused < 100) && std::chrono::steady_clock::now() < end) {
      const std::string seen = attempt();
      ASSERT_TRUE(seen == "ok" || seen == "outside_root" || seen == "busy") << seen;
      ++(seen == "outside_root" ? refused : through);
    }
    EXPECT_GT(through, 0);
    EXPECT_GT(refused, 0);
  }

 private:
  const struct ::stat before_ = [this] {
    write_file(outside / "file", "outside");
    return status_of(outside / "file");
  }();
};

TEST_F(Confinement, ReadsNeverSeeTheOutside) {
  const auto swapper = swapping();
  until_both([&] {
    auto file = storage().open(at("a/file"), Links::follow);
    if (file) {
      EXPECT_EQ(content_of(**file), "inside");
    }
    return outcome(file);
  });
  until_both([&] {
    auto listing = storage().list(at("a"));
    if (listing) {
      EXPECT_EQ(outcome((*listing)->attributes("empty")), "not_found");
    }
    return outcome(listing);
  });
}

TEST_F(Confinement, WritesNeverLandOutside) {
  {
    const auto swapper = swapping();
    until_both([&] { return outcome(put(storage(), "a/file", "new")); });
    until_both([&] { return outcome(storage().set_mode(at("a/file"), 0777)); });
    until_both([&] { return outcome(storage().set_mtime(at("a/file"), 1)); });
    until_both([&] { return outcome(storage().make_symlink("x", at("a/link"), true)); });
  }
  expect_outside_untouched();
}

TEST_F(Confinement, NothingIsRemovedOrMovedOutside) {
  for (int i = 0; i < 150; ++i) {
    write_file(root / "a" / ("file" + std::to_string(i)), "x");
    std::filesystem::create_directory(root / "a" / ("empty" + std::to_string(i)));
  }
  {
    const auto swapper = swapping();
    for (int i = 0; i < 150; ++i) {
      const std::string number = std::to_string(i);
      until_done([&] { return storage().rename(at("a/file" + number), at("a/file"), true); });
      until_done([&] { return storage().remove(at("a/file")); });
      until_done([&] { return storage().rename(at("a/empty" + number), at("a/empty"), true); });
      until_done([&] { return storage().remove_directory(at("a/empty")); });
    }
  }
  expect_outside_untouched();
}

TEST_F(Confinement, UploadBegunBeforeTheSwapEndsInside) {
  auto file = std::move(storage().open_partial(at("a/new"), "ada").value().file);
  ASSERT_TRUE(file->write_at(0, as_bytes("content")));
  std::filesystem::rename(root / "a", root / "moved");
  std::filesystem::create_symlink("../outside", root / "a");
  EXPECT_EQ(outcome(file->publish({})), "ok");
  EXPECT_EQ(read_file(root / "moved/new"), "content");
  expect_outside_untouched();
}

TEST_F(Confinement, MagicLinksLeadNowhere) {
  std::filesystem::create_directory(root / "proc");
  const bool ran = one_thread::mounted("proc", root / "proc", "", [&] {
    auto seeing = open_posix_storage(root).value();
    EXPECT_EQ(outcome(seeing->stat(at("proc/self/status"), Links::follow)), "ok") << "procfs is mounted";
    EXPECT_EQ(outcome(seeing->stat(at("proc/self/root"), Links::follow)), "not_found");
    EXPECT_EQ(outcome(seeing->open(at("proc/self/root/etc/passwd"), Links::follow)), "not_found");
    EXPECT_EQ(outcome(seeing->list(at("proc/self/cwd"))), "not_found");
  });
  if (!ran) GTEST_SKIP() << "mounting is not allowed here";
}

TEST_F(Confinement, RootMayBeALinkItself) {
  std::filesystem::create_directory_symlink(root, directory / "link");
  auto linked = open_posix_storage(directory / "link").value();
  EXPECT_EQ(content_of(*linked, "a/file"), "inside");
}

TEST_F(Confinement, RootMustBeADirectory) {
  EXPECT_EQ(outcome(open_posix_storage(root / "no")), "not_found");
  EXPECT_EQ(outcome(open_posix_storage(root / "a/file")), "not_directory");
}

TEST_F(Confinement, ARootBeneathAnotherIsReachedWithoutLinks) {
  std::filesystem::create_directory(root / "a/inner");
  write_file(root / "a/inner/file", "further in");
  std::filesystem::create_directory_symlink("a", root / "inside");
  std::filesystem::create_directory_symlink("../..", root / "a/inner/up");
  const RootDirectory share = RootDirectory::open(root, InnerLinks::beneath).value();
  const auto inner = open_posix_storage(share, at("a/inner")).value();
  EXPECT_EQ(content_of(*inner, "file"), "further in");
  EXPECT_EQ(outcome(inner->stat(at("up/a"), Links::follow)), "outside_root");
  EXPECT_EQ(content_of(*open_posix_storage(share, at("/")).value(), "a/file"), "inside");
  for (const auto* name : {"b", "b/empty", "inside", "inside/inner"}) {
    EXPECT_EQ(outcome(open_posix_storage(share, at(name))), "outside_root") << name;
  }
  EXPECT_EQ(outcome(open_posix_storage(share, at("no"))), "not_found");
  EXPECT_EQ(outcome(open_posix_storage(share, at("a/file"))), "not_directory");
}

TEST_F(Confinement, ARootBeneathAnotherNeverLeavesWhileLinksAreSwappedIn) {
  std::filesystem::create_directory(root / "a/empty");
  write_file(root / "a/empty/inside", "");
  const RootDirectory share = RootDirectory::open(root, InnerLinks::beneath).value();
  const auto swapper = swapping();
  until_both([&] {
    const auto opened = open_posix_storage(share, at("a/empty"));
    if (opened) {
      EXPECT_EQ(names_in(**opened, "/"), std::vector<std::string>{"inside"});
    }
    return outcome(opened);
  });
}

}  // namespace
}  // namespace dftp
