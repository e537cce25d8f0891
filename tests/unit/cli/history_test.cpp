#include "client/cli/verbs/history.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace dftp::cli {
namespace {

using Lines = std::vector<std::string>;

TEST(History, IsThereInTheNextSession) {
  const TemporaryDirectory scratch;
  const std::filesystem::path file = std::filesystem::path(scratch.path()) / "state/dftp/history";
  History first;
  first.load(file);
  EXPECT_TRUE(first.add("ls"));
  EXPECT_FALSE(first.add("ls"));
  EXPECT_TRUE(first.add("get 资料"));
  History second;
  second.load(file);
  EXPECT_EQ(second.lines(), (Lines{"ls", "get 资料"}));
  struct stat known{};
  ASSERT_EQ(::stat(file.c_str(), &known), 0);
  EXPECT_EQ(known.st_mode & 0777u, 0600u);
}

TEST(History, KeepsNoPasswordAndNoLineThatBeginsWithABlank) {
  History history;
  for (const char* line :
       {"open dftp://ann:secret@host/", "open ann:secret@host", "cp a dftp://ann:secret@h", " ls", ""}) {
    EXPECT_FALSE(history.add(line)) << line;
  }
  for (const char* line : {"open dftp://ann@host:2121/", "get a@b:c", "open dftp://[::1]/x@y:z"}) {
    EXPECT_TRUE(history.add(line)) << line;
  }
}

TEST(History, IsBounded) {
  const TemporaryDirectory scratch;
  const std::filesystem::path file = std::filesystem::path(scratch.path()) / "history";
  {
    std::ofstream out(file);
    for (int i = 0; i < 5000; ++i) out << "line " << i << "\n";
  }
  History history;
  history.load(file);
  EXPECT_EQ(history.lines().size(), History::max_lines);
  EXPECT_EQ(history.lines().back(), "line 4999");
  History again;
  again.load(file);
  EXPECT_EQ(again.lines().size(), History::max_lines);
  EXPECT_LT(std::filesystem::file_size(file), 20'000u);
}

}  // namespace
}  // namespace dftp::cli
