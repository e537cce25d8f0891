#include "client/cli/view/name_colors.h"

#include <gtest/gtest.h>

namespace dftp::cli {
namespace {

client::RemoteEntry entry(const char* name, FileType type = FileType::file, std::uint32_t mode = 0644) {
  return {name, type, 1, 0, mode};
}

TEST(NameColors, are_those_of_ls_without_the_variable) {
  const NameColors colors;
  EXPECT_EQ(colors.of(entry("a")), "");
  EXPECT_EQ(colors.of(entry("a", FileType::file, 0755)), "\x1b[1;32m");
  EXPECT_EQ(colors.of(entry("a", FileType::directory, 0755)), "\x1b[1;34m");
  EXPECT_EQ(colors.of(entry("a", FileType::symlink, 0777)), "\x1b[1;36m");
  EXPECT_EQ(colors.of(entry("a", FileType::other)), "\x1b[1;33m");
}

TEST(NameColors, are_what_the_variable_says) {
  const NameColors colors("di=01;35:ex=31:*.tar=01;31:*.gz=32:*.tar.gz=33:fi=36:ow=44:st=45:tw=46:su=41");
  EXPECT_EQ(colors.of(entry("a", FileType::directory, 0755)), "\x1b[01;35m");
  EXPECT_EQ(colors.of(entry("a", FileType::directory, 0757)), "\x1b[44m");
  EXPECT_EQ(colors.of(entry("a", FileType::directory, 01755)), "\x1b[45m");
  EXPECT_EQ(colors.of(entry("a", FileType::directory, 01777)), "\x1b[46m");
  EXPECT_EQ(colors.of(entry("a.TAR")), "\x1b[01;31m");
  EXPECT_EQ(colors.of(entry("a.tar.gz")), "\x1b[33m") << "the last that matches";
  EXPECT_EQ(colors.of(entry("a.tar", FileType::file, 0755)), "\x1b[31m") << "what runs comes before endings";
  EXPECT_EQ(colors.of(entry("a", FileType::file, 04755)), "\x1b[41m");
  EXPECT_EQ(colors.of(entry("a")), "\x1b[36m");
  EXPECT_EQ(colors.of(entry("a", FileType::symlink, 0777)), "\x1b[1;36m") << "what is not said is as usual";
}

TEST(NameColors, never_are_other_control_sequences) {
  for (const auto* text : {"fi=\x1b]0;title\a", "fi=1m\x1b[2J", "fi=target", "fi", "fi=", "fi=0", "fi=00", "=1", ":::"})
    EXPECT_EQ(NameColors(text).of(entry("a")), "") << text;
}

}  // namespace
}  // namespace dftp::cli
