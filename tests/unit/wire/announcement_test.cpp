#include "proto/wire/announcement.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/wire/fails_with.h"

namespace dftp {
namespace {

using Kind = Announcement::Kind;

std::vector<std::byte> announced_bytes(const Announcement& announcement) {
  std::vector<std::byte> bytes{std::byte{0xee}};
  encode_announcement(announcement, bytes);
  return bytes;
}

RemotePath path_of(std::string_view text) {
  return RemotePath::parse(text).value();
}

TEST(Announcement, HasTheDocumentedBytes) {
  const auto bytes = announced_bytes({.source = 0x01020304,
                                      .path = path_of("a/b"),
                                      .kind = Kind::symlink,
                                      .size = 0x1112131415161718,
                                      .sparse = true,
                                      .mtime = -2,
                                      .mode = 0x21222324,
                                      .target = "x"});
  const unsigned char expected[] = {4,    7,    0,    4,    1,    2,    3,    4,    0x21, 0x22, 0x23,
                                    0x24, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0x11, 0x12,
                                    0x13, 0x14, 0x15, 0x16, 0x17, 0x18, '/',  'a',  '/',  'b',  'x'};
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(expected))));
}

TEST(Announcement, ComesBackAsItWas) {
  const std::string name(limits::name_bytes, '\xff');
  const Announcement all[] = {
      {},
      {.source = UINT32_MAX, .path = path_of(name + "/" + name), .size = 0, .mtime = INT64_MIN, .mode = 0},
      {.path = path_of("d"), .kind = Kind::directory, .mtime = INT64_MAX, .mode = 0777},
      {.path = path_of("d"), .kind = Kind::end},
      {.path = path_of("l"), .kind = Kind::symlink, .target = std::string(limits::path_bytes, 't')},
      {.path = path_of("s"), .size = UINT64_MAX, .sparse = true},
  };
  for (const Announcement& one : all) {
    const auto bytes = announced_bytes(one);
    EXPECT_LE(bytes.size(), max_announcement_bytes);
    EXPECT_EQ(decode_announcement(bytes).value(), one);
  }
}

TEST(Announcement, IsRefusedWhenItIsNone) {
  const auto good = announced_bytes({.path = path_of("abc"), .size = 5, .mode = 1});
  const auto with = [&](std::size_t at, int value) {
    auto bytes = good;
    bytes[at] = static_cast<std::byte>(value);
    return bytes;
  };
  ASSERT_TRUE(decode_announcement(good));
  for (std::size_t size = 0; size < announcement_head_bytes + 4; ++size)
    EXPECT_TRUE(fails_with(decode_announcement(Bytes(good).first(size)), Code::protocol)) << size;
  for (const int kind : {0, 5, 255}) EXPECT_TRUE(fails_with(decode_announcement(with(0, kind)), Code::protocol));
  for (const int has : {0, 1, 2, 8, 128}) EXPECT_TRUE(fails_with(decode_announcement(with(1, has)), Code::protocol));
  EXPECT_TRUE(fails_with(decode_announcement(with(3, 5)), Code::protocol)) << "a longer path";
  EXPECT_TRUE(fails_with(decode_announcement(with(3, 3)), Code::protocol)) << "a target of a file";
  EXPECT_TRUE(fails_with(decode_announcement(with(29, 0)), Code::invalid_name)) << "NUL";
}

TEST(Announcement, ItsPathStaysBeneathTheSource) {
  for (const std::string_view path : {"/..", "../x", "/a/../../x", "a/."}) {
    auto bytes = announced_bytes({});
    bytes.resize(announcement_head_bytes);
    bytes[3] = static_cast<std::byte>(path.size());
    const Bytes text = as_bytes(path);
    bytes.insert(bytes.end(), text.begin(), text.end());
    EXPECT_TRUE(fails_with(decode_announcement(bytes), Code::invalid_name)) << path;
  }
}

}  // namespace
}  // namespace dftp
