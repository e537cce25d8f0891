#include <gtest/gtest.h>

#include "proto/wire/mount_files.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::fs {
namespace {

template <class T>
Result<T> read(std::string_view text) {
  return from_json<T>(json::parse(text).value(), "message");
}

TEST(MountMessage, WritesOnceBesideTheOtherMembers) {
  const Unlink unlink{.once = {7, 5}, .parent = 1, .name = {"a"}, .as = {}};
  EXPECT_EQ(json::write(to_json(unlink)), R"({"seq":7,"acked":5,"given_up":false,"parent":1,"name":"a"})");
}

TEST(MountMessage, NeedsASeqInWhateverChangesSomething) {
  EXPECT_TRUE(fails_with(read<Unlink>(R"({"parent":1,"name":"a"})"), Code::invalid_request));
  EXPECT_TRUE(fails_with(read<Open>(R"({"node":1})"), Code::invalid_request));
  EXPECT_TRUE(fails_with(read<Setattr>(R"({"seq":1,"node":1})"), Code::invalid_request));
}

TEST(MountMessage, ReadsACallerWithAndWithoutGroups) {
  const auto alone = read<Lookup>(R"({"parent":1,"name":"a","as":{"uid":5,"gid":6}})");
  EXPECT_EQ(alone.value().as, (Caller{5, 6, {}}));
  const auto grouped = read<Lookup>(R"({"parent":1,"name":"a","as":{"uid":5,"gid":6,"groups":[7,8]}})");
  EXPECT_EQ(grouped.value().as, (Caller{5, 6, {7, 8}}));
  EXPECT_EQ(read<Lookup>(R"({"parent":1,"name":"a"})").value().as, std::nullopt);
}

TEST(MountMessage, RefusesNumbersThatAreNone) {
  EXPECT_TRUE(fails_with(read<Getattr>(R"({"node":-1})"), Code::invalid_request));
  EXPECT_TRUE(fails_with(read<Getattr>(R"({"node":1.5})"), Code::invalid_request));
  EXPECT_TRUE(fails_with(read<Caller>(R"({"uid":4294967296,"gid":0})"), Code::invalid_request));
}

template <class T>
void expect_all_words(std::initializer_list<T> values) {
  for (const T value : values) {
    ASSERT_FALSE(name_of(value).empty()) << static_cast<int>(value);
    EXPECT_EQ(parse_enum(name_of(value), T{}), value);
  }
  EXPECT_EQ(parse_enum("no such word", T{}), std::nullopt);
}

TEST(MountMessage, HasAWordForEveryValueOfItsEnums) {
  expect_all_words({What::attr, What::data, What::entries, What::gone, What::unwatched});
  expect_all_words({RenameMode::replace, RenameMode::noreplace, RenameMode::exchange});
  expect_all_words({XattrMode::any, XattrMode::create, XattrMode::replace});
  expect_all_words({Access::read, Access::write, Access::both, Access::execute});
  expect_all_words({AllocateMode::extend, AllocateMode::keep_size, AllocateMode::punch, AllocateMode::zero,
                    AllocateMode::zero_keep_size, AllocateMode::collapse, AllocateMode::insert});
  expect_all_words({SeekFor::data, SeekFor::hole});
  expect_all_words({LockKind::posix, LockKind::flock});
  expect_all_words({LockType::unlock, LockType::read, LockType::write});
}

}  // namespace
}  // namespace dftp::fs
