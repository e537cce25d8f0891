#include "client/local_paths.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_directory.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

namespace fs = std::filesystem;

class LocalPathsTest : public testing::Test {
 protected:
  LocalPathsTest() {
    fs::create_directories(directory / "dir/inner");
    fs::create_directory(directory / "other");
    std::ofstream(directory / "file") << "content";
    std::ofstream(directory / "other/target") << "target's";
    fs::create_directory_symlink(directory / "dir", directory / "link");
    fs::create_symlink(directory / "other/target", directory / "dir/outside");
  }

  static RemotePath remote(const char* path) { return RemotePath::parse(path).value(); }
  Result<std::vector<LocalTarget>> targets(std::vector<RemotePath> sources, std::string_view target,
                                           bool must_be_directory = false, bool recursive = false) const {
    return local_targets(sources, directory / target, must_be_directory, recursive);
  }
  static std::string content(const LocalSource& source) {
    auto file = source.source.storage->open(source.source.path, Links::follow);
    if (!file) return describe(file.error());
    std::string text(100, '\0');
    text.resize((*file)->read_at(0, std::as_writable_bytes(std::span(text))).value());
    return text;
  }

  const TemporaryDirectory directory;
};

TEST_F(LocalPathsTest, DirectoryTakesSourcesUnderTheirNames) {
  const auto found = targets({remote("/a/x"), remote("/b/file")}, "dir");
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->at(0).name, (directory / "dir/x").string());
  EXPECT_EQ(found->at(0).target.path, remote("/x"));
  EXPECT_FALSE(found->at(0).present);
  EXPECT_EQ(found->at(1).target.path, remote("/file"));
}

TEST_F(LocalPathsTest, SingleRecursiveSourceGoesToTheTargetItselfWhetherItIsThereOrNot) {
  EXPECT_EQ(targets({remote("/tree")}, "dir", false, true).value().front().name, (directory / "dir").string());
  EXPECT_TRUE(targets({remote("/tree")}, "dir", false, true).value().front().target.path.is_root());
  EXPECT_EQ(targets({remote("/tree")}, "new", false, true).value().front().target.path, remote("/new"));
  EXPECT_EQ(targets({remote("/tree")}, "link", false, true).value().front().name, (directory / "link").string());
  EXPECT_EQ(targets({remote("/tree")}, "dir/", true, true).value().front().target.path, remote("/tree"));
  EXPECT_EQ(targets({remote("/tree")}, "dir/.", false, true).value().front().target.path, remote("/tree"));
  EXPECT_EQ(targets({remote("/a"), remote("/b")}, "dir", false, true).value().back().target.path, remote("/b"));
}

TEST_F(LocalPathsTest, PresenceIsTold) {
  EXPECT_TRUE(targets({remote("/file")}, "").value().front().present);
  EXPECT_TRUE(targets({remote("/x")}, "file").value().front().present);
  EXPECT_FALSE(targets({remote("/x")}, "new").value().front().present);
}

TEST_F(LocalPathsTest, LinkToADirectoryIsTheDirectory) {
  const auto found = targets({remote("/x")}, "link").value();
  EXPECT_EQ(found.front().name, (directory / "link/x").string());
}

TEST_F(LocalPathsTest, LinkToAFileIsTheNameItself) {
  const auto found = targets({remote("/x")}, "dir/outside").value();
  EXPECT_EQ(found.front().name, (directory / "dir/outside").string());
  EXPECT_EQ(found.front().target.path, remote("/outside"));
}

TEST_F(LocalPathsTest, OtherTargetIsTheNameItself) {
  const auto found = targets({remote("/a/x")}, "new").value();
  EXPECT_EQ(found.front().target.path, remote("/new"));
  EXPECT_EQ(found.front().name, (directory / "new").string());
}

TEST_F(LocalPathsTest, RootsContentGoesIntoTheDirectoryItself) {
  const auto found = targets({remote("/")}, "dir").value();
  EXPECT_TRUE(found.front().target.path.is_root());
  EXPECT_EQ(found.front().name, (directory / "dir").string());
}

TEST_F(LocalPathsTest, SeveralSourcesNeedADirectory) {
  EXPECT_TRUE(fails_with(targets({remote("/a"), remote("/b")}, "file"), Code::not_directory));
  EXPECT_TRUE(fails_with(targets({remote("/a"), remote("/b")}, "new"), Code::not_directory));
}

TEST_F(LocalPathsTest, TrailingSlashNeedsADirectory) {
  EXPECT_TRUE(fails_with(targets({remote("/a")}, "new", true), Code::not_directory));
  EXPECT_TRUE(targets({remote("/a")}, "dir", true));
}

TEST_F(LocalPathsTest, TwoSourcesOfOneNameAreRefused) {
  const auto found = targets({remote("/a/x"), remote("/b/x")}, "dir");
  EXPECT_TRUE(fails_with(found, Code::usage));
  EXPECT_EQ(found.error().where, (directory / "dir/x").string());
}

TEST_F(LocalPathsTest, MissingParentIsNotFound) {
  EXPECT_TRUE(fails_with(targets({remote("/a")}, "missing/new"), Code::not_found));
}

TEST_F(LocalPathsTest, SourcesAreFoundByTheirParents) {
  const auto found = local_sources({directory / "file", directory / "other/target"});
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->at(0).name, "file");
  EXPECT_EQ(content(found->at(0)), "content");
  EXPECT_EQ(content(found->at(1)), "target's");
}

TEST_F(LocalPathsTest, GivenLinkIsFollowedAndKeepsItsName) {
  const auto found = local_sources({directory / "dir/outside"}).value();
  EXPECT_EQ(found.front().name, "outside");
  EXPECT_EQ(content(found.front()), "target's");
}

TEST_F(LocalPathsTest, TrailingSlashOfADirectoryChangesNothing) {
  const auto found = local_sources({(directory / "dir").string() + "/"}).value();
  EXPECT_EQ(found.front().name, "dir");
  EXPECT_EQ(found.front().source.path, remote("/dir"));
}

TEST_F(LocalPathsTest, PlacesWithoutANameAreTheirContent) {
  for (const char* place : {".", "..", "/", "dir/.."}) {
    const auto found = local_sources({*place == '/' ? fs::path(place) : directory / place});
    ASSERT_TRUE(found) << place;
    EXPECT_EQ(found->front().name, "") << place;
    EXPECT_TRUE(found->front().source.path.is_root()) << place;
  }
}

TEST_F(LocalPathsTest, MissingSourceIsLeftToTheSender) {
  const auto found = local_sources({directory / "missing"});
  ASSERT_TRUE(found);
  EXPECT_TRUE(
      fails_with(found->front().source.storage->stat(found->front().source.path, Links::follow), Code::not_found));
}

TEST_F(LocalPathsTest, DanglingLinkIsNotFound) {
  fs::create_symlink("nowhere", directory / "dangling");
  EXPECT_TRUE(fails_with(local_sources({directory / "dangling"}), Code::not_found));
}

}  // namespace
}  // namespace dftp::client
