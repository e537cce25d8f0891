#include "proto/wire/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace dftp {
namespace {

TEST(Error, every_code_has_a_name_of_its_own_that_leads_back) {
  for (int i = 0; i <= static_cast<int>(Code::usage); ++i) {
    const auto code = static_cast<Code>(i);
    EXPECT_FALSE(name_of(code).empty());
    EXPECT_EQ(code_from(name_of(code)), code) << name_of(code);
  }
}

TEST(Error, names_stand_at_their_codes) {
  EXPECT_EQ(name_of(Code::invalid_request), "invalid_request");
  EXPECT_EQ(name_of(Code::too_large), "too_large");
  EXPECT_EQ(name_of(Code::login_failed), "login_failed");
  EXPECT_EQ(name_of(Code::is_directory), "is_directory");
  EXPECT_EQ(name_of(Code::outside_root), "outside_root");
  EXPECT_EQ(name_of(Code::integrity), "integrity");
  EXPECT_EQ(name_of(Code::identity), "identity");
  EXPECT_EQ(name_of(Code::usage), "usage");
}

TEST(Error, an_unknown_name_is_io) {
  EXPECT_EQ(code_from("invented_later"), Code::io);
  EXPECT_EQ(code_from(""), Code::io);
}

TEST(Error, is_described_by_place_and_detail) {
  EXPECT_EQ(describe({Code::not_found, "ENOENT", "/a", "no such file"}), "/a: no such file");
  EXPECT_EQ(describe({Code::usage, "", "", "no host given"}), "no host given");
  EXPECT_EQ(describe({Code::busy, "", "/a", ""}), "/a: busy");
}

TEST(Error, description_escapes_what_a_hostile_name_holds) {
  EXPECT_EQ(describe({Code::io, "", "a\nb", "\x1b[2J"}), "a\\x0ab: \\x1b[2J");
}

TEST(Error, errno_keeps_its_name_and_gets_a_code) {
  struct Case {
    int number;
    Code code;
    std::string_view name;
  };
  const Case cases[] = {
      {ENOENT, Code::not_found, "ENOENT"},
      {EACCES, Code::denied, "EACCES"},
      {EROFS, Code::read_only, "EROFS"},
      {EXDEV, Code::outside_root, "EXDEV"},
      {ENOSPC, Code::no_space, "ENOSPC"},
      {EDQUOT, Code::quota, "EDQUOT"},
      {ENOTEMPTY, Code::not_empty, "ENOTEMPTY"},
      {ECONNREFUSED, Code::unreachable, "ECONNREFUSED"},
      {EPIPE, Code::io, "EPIPE"},
      {EMFILE, Code::too_many, "EMFILE"},
      {EIO, Code::io, "EIO"},
      {ELOOP, Code::io, "ELOOP"},
  };
  for (const auto& [number, code, name] : cases) {
    const Error error = from_errno(number, "/x");
    EXPECT_EQ(error.code, code) << name;
    EXPECT_EQ(error.errno_name, name);
    EXPECT_EQ(error.where, "/x");
    EXPECT_FALSE(error.detail.empty());
  }
}

TEST(Error, an_unknown_errno_still_says_its_number) {
  const Error error = from_errno(99999, "");
  EXPECT_EQ(error.code, Code::io);
  EXPECT_EQ(error.errno_name, "");
  EXPECT_EQ(error.detail, "unknown system error 99999");
}

TEST(Printable, keeps_text_and_escapes_the_rest) {
  struct Case {
    std::string_view in, out;
  };
  const Case cases[] = {
      {"", ""},
      {"plain \\ text", "plain \\ text"},
      {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
      {std::string_view("\0\t\x7f", 3), "\\x00\\x09\\x7f"},
      {"\xc2\x9b", "\\xc2\\x9b"},           // C1: CSI
      {"\xe2\x80\xae", "\\xe2\\x80\\xae"},  // right-to-left override
      {"a\xff"
       "b",
       "a\\xffb"},
      {"\xc3", "\\xc3"},  // cut off
      {"\xe2\x82", "\\xe2\\x82"},
      {"\xc0\xaf", "\\xc0\\xaf"},  // overlong
      {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
      {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // over U+10FFFF
      {"\xe2(\xa1", "\\xe2(\\xa1"},
  };
  for (const auto& [in, out] : cases) EXPECT_EQ(printable(in), out);
}

}  // namespace
}  // namespace dftp
