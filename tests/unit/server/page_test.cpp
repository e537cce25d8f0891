#include "server/commands/page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "proto/wire/limits.h"
#include "tests/support/memory_storage.h"

namespace dftp::server {
namespace {

RemotePath path(std::string_view text) {
  return *RemotePath::parse(text);
}

std::vector<std::string> numbered(std::size_t count, const std::string& prefix = "") {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) {
    std::string number = std::to_string(i);
    number.insert(0, 6 - number.size(), '0');
    names.push_back(prefix + number);
  }
  return names;
}

TEST(SmallestNames, KeepsTheSmallestInOrderWhateverTheOrderShown) {
  auto names = numbered(1000);
  std::shuffle(names.begin(), names.end(), std::mt19937(1));
  SmallestNames smallest("", 10);
  for (const auto& name : names) smallest.add(name);
  EXPECT_EQ(smallest.take(), numbered(10));
  EXPECT_TRUE(smallest.more());
}

TEST(SmallestNames, ExactlyAsManyAsFitAreAll) {
  SmallestNames smallest("", 3);
  for (const auto* name : {"c", "a", "b"}) smallest.add(name);
  EXPECT_FALSE(smallest.more());
}

TEST(SmallestNames, OnlyWhatComesBehindAfter) {
  SmallestNames smallest("b", 3);
  for (const auto* name : {"c", "a", "b", "bb"}) smallest.add(name);
  EXPECT_EQ(smallest.take(), (std::vector<std::string>{"bb", "c"}));
  EXPECT_FALSE(smallest.more());
}

TEST(SmallestNames, BytesAreComparedUnsigned) {
  SmallestNames smallest("", 2);
  for (const auto* name : {"\xff", "a", "\xc3\xa4"}) smallest.add(name);
  EXPECT_EQ(smallest.take(), (std::vector<std::string>{"a", "\xc3\xa4"}));
}

class PageTest : public testing::Test {
 protected:
  void make_directories(const std::vector<std::string>& names) {
    for (const auto& name : names) ASSERT_TRUE(storage_->make_directory(*RemotePath().child(name), 0755));
  }
  // All pages, asked for as a client does; `pages` counts them.
  std::vector<std::string> read_all(std::uint32_t limit, std::size_t& pages) {
    std::vector<std::string> names;
    List request{.path = {}, .after = {}, .limit = limit};
    for (pages = 1;; ++pages) {
      const auto page = read_page(*storage_, request);
      if (!page) break;
      EXPECT_LE(json::write(to_json(*page)).size(), limits::frame_after_login - 512);
      for (const Name& name : page->names) names.push_back(name.bytes);
      if (!page->more || page->names.empty()) break;
      request.after = page->names.back();
    }
    return names;
  }

  std::unique_ptr<Storage> storage_ = make_memory_storage();
};

TEST_F(PageTest, PagesTogetherAreTheDirectory) {
  const auto names = numbered(1000);
  make_directories(names);
  std::size_t pages = 0;
  EXPECT_EQ(read_all(99, pages), names);
  EXPECT_EQ(pages, 11u);
}

TEST_F(PageTest, ALimitOverThePageIsThePage) {
  make_directories(numbered(limits::list_page + 1));
  std::size_t pages = 0;
  EXPECT_EQ(read_all(UINT32_MAX, pages).size(), limits::list_page + 1);
  EXPECT_EQ(pages, 2u);
}

TEST_F(PageTest, NamesThatGrowInJsonStillFitAFrame) {
  const auto escaped = numbered(1000, std::string(249, '\x01'));
  const auto no_text = numbered(1000, std::string(249, '\xff'));
  make_directories(escaped);
  make_directories(no_text);
  std::size_t pages = 0;
  EXPECT_EQ(read_all(0, pages).size(), 2000u);
  EXPECT_GE(pages, 2u);
}

TEST_F(PageTest, AnEmptyDirectoryIsAnEmptyPage) {
  const auto page = read_page(*storage_, {});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->names.empty());
  EXPECT_FALSE(page->more);
}

TEST_F(PageTest, ColumnsBelongTogether) {
  ASSERT_TRUE(storage_->make_directory(path("a"), 0750));
  ASSERT_TRUE(storage_->make_symlink("a", path("b"), false));
  const auto page = read_page(*storage_, {});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->types, (std::vector{FileType::directory, FileType::symlink}));
  EXPECT_EQ(page->modes[0], 0750u);
  EXPECT_EQ(page->sizes.size(), 2u);
  EXPECT_EQ(page->mtimes.size(), 2u);
}

TEST_F(PageTest, AMissingDirectoryIsAnError) {
  const auto page = read_page(*storage_, {.path = path("none"), .after = {}});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::not_found);
}

}  // namespace
}  // namespace dftp::server
