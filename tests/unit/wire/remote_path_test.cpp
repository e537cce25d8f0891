#include "proto/wire/remote_path.h"

#include <gtest/gtest.h>

#include "proto/wire/limits.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

RemotePath path(std::string_view text) {
  return RemotePath::parse(text).value();
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(RemotePath, different_spellings_are_the_same_path) {
  for (const auto* text : {"/a/b", "a/b", "a//b/", "//a/b//", "a/b/"}) {
    EXPECT_EQ(path(text).absolute(), "/a/b") << text;
    EXPECT_EQ(path(text).relative(), "a/b") << text;
  }
}

TEST(RemotePath, root_has_no_names) {
  for (const auto* text : {"", "/", "///"}) {
    EXPECT_TRUE(path(text).is_root()) << text;
    EXPECT_EQ(path(text).absolute(), "/");
    EXPECT_EQ(path(text).relative(), ".");
    EXPECT_EQ(path(text).name(), "");
    EXPECT_TRUE(path(text).parent().is_root());
  }
}

TEST(RemotePath, within_are_the_directory_itself_and_all_below) {
  EXPECT_TRUE(path("/a/b").is_within(path("/a/b")));
  EXPECT_TRUE(path("/a/b/c").is_within(path("/a/b")));
  EXPECT_TRUE(path("/a").is_within(path("/")));
  EXPECT_FALSE(path("/a").is_within(path("/a/b")));
  EXPECT_FALSE(path("/a/bc").is_within(path("/a/b")));
}

TEST(RemotePath, names_are_bytes) {
  const RemotePath strange = path("/\xff\n/ .../..a");
  EXPECT_EQ(strange.names(), (std::vector<std::string>{"\xff\n", " ...", "..a"}));
  EXPECT_EQ(RemotePath::parse(strange.absolute()).value(), strange);
}

TEST(RemotePath, dots_and_nul_are_refused) {
  using namespace std::string_view_literals;
  for (const auto text : {"."sv, ".."sv, "/a/../b"sv, "a/."sv, "./a"sv, "a/b\0c"sv, "\0"sv}) {
    EXPECT_TRUE(fails_with(RemotePath::parse(text), Code::invalid_name)) << text;
  }
}

TEST(RemotePath, a_name_has_a_limit) {
  EXPECT_TRUE(RemotePath::parse(std::string(255, 'x')));
  EXPECT_TRUE(fails_with(RemotePath::parse(std::string(256, 'x')), Code::name_too_long));
  EXPECT_TRUE(fails_with(path("a").child(std::string(256, 'x')), Code::name_too_long));
}

TEST(RemotePath, its_length_has_a_limit) {
  const std::string name = "/" + std::string(255, 'x');
  EXPECT_EQ(path(repeated(name, 16)).absolute().size(), limits::path_bytes);
  EXPECT_TRUE(fails_with(RemotePath::parse(repeated(name, 16) + "/y"), Code::name_too_long));
  EXPECT_TRUE(fails_with(path(repeated(name, 16)).child("y"), Code::name_too_long));
  EXPECT_TRUE(fails_with(path(repeated(name, 8)).join(path(repeated(name, 9))), Code::name_too_long));
}

TEST(RemotePath, its_depth_has_a_limit) {
  EXPECT_EQ(path(repeated("/d", 256)).names().size(), limits::path_depth);
  EXPECT_TRUE(fails_with(RemotePath::parse(repeated("/d", 257)), Code::name_too_long));
  EXPECT_TRUE(fails_with(path(repeated("/d", 256)).child("d"), Code::name_too_long));
  EXPECT_TRUE(fails_with(path(repeated("/d", 200)).join(path(repeated("/d", 57))), Code::name_too_long));
}

TEST(RemotePath, an_error_does_not_repeat_a_hostile_megabyte) {
  EXPECT_LT(RemotePath::parse(std::string(1 << 20, 'x')).error().where.size(), 100u);
  EXPECT_LT(RemotePath::parse(repeated("/d", 1 << 20)).error().where.size(), 100u);
}

TEST(RemotePath, child_takes_one_name_only) {
  EXPECT_EQ(path("/a").child("b").value(), path("/a/b"));
  for (const auto* name : {"", ".", "..", "b/c", "/"}) {
    EXPECT_TRUE(fails_with(path("/a").child(name), Code::invalid_name)) << name;
  }
}

TEST(RemotePath, join_and_parent_undo_each_other) {
  EXPECT_EQ(path("/a").join(path("b/c")).value(), path("/a/b/c"));
  EXPECT_EQ(path("/a").join(path("/")).value(), path("/a"));
  EXPECT_EQ(path("/").join(path("/a")).value(), path("/a"));
  EXPECT_EQ(path("/a/b").parent(), path("/a"));
  EXPECT_EQ(path("/a/b").name(), "b");
}

}  // namespace
}  // namespace dftp
