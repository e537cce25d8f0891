#include "client/cli/verbs/glob.h"

#include <gtest/gtest.h>

#include <map>

namespace dftp::cli {
namespace {

using Names = std::vector<std::string>;

// Directories as the user writes them, with their names; a name with a slash at its end is a directory.
using Tree = std::map<std::string, Names>;

const Tree tree = {
    {"", {"a.iso", "b.iso", "b.txt", ".hidden.iso", "dir/", "资料/", "star*", "link@"}},
    {"dir/", {"a.iso", "deep/", "x"}},
    {"dir/deep/", {"c.iso", "deeper/"}},
    {"dir/deep/deeper/", {"d.iso"}},
    {"资料/", {"天线.doc", "a.iso"}},
    {"/", {"root.iso", "top/"}},
    {"/top/", {"t.iso"}},
};

net::Task<Result<std::vector<ListedName>>> list_tree(const std::string& directory) {
  const auto found = tree.find(directory);
  if (found == tree.end()) co_return fail(Code::not_directory, directory, "is no directory");
  std::vector<ListedName> names;
  for (std::string name : found->second) {
    FileType type = FileType::file;
    if (name.ends_with('/')) type = FileType::directory;
    if (name.ends_with('@')) type = FileType::symlink;
    if (type != FileType::file) name.pop_back();
    names.push_back({name, type});
  }
  co_return names;
}

Result<Names> expanded(const std::string& pattern) {
  net::Loop loop;
  const Lister lister = [](const std::string& directory) { return list_tree(directory); };
  return net::run_until_done(loop, expand(pattern, lister));
}

struct Pattern {
  std::string text;
  Names names;
};

const Pattern patterns[] = {
    {"*.iso", {"a.iso", "b.iso"}},
    {"?.iso", {"a.iso", "b.iso"}},
    {"[!a].*", {"b.iso", "b.txt"}},
    {".*.iso", {".hidden.iso"}},
    {"dir/*", {"dir/a.iso", "dir/deep", "dir/x"}},
    {"*/a.iso", {"dir/a.iso", "资料/a.iso"}},
    {"资料/??.doc", {"资料/天线.doc"}},
    {"./*.txt", {}},
    {"star\\**", {"star*"}},
    {"/*.iso", {"/root.iso"}},
    {"/*/*.iso", {"/top/t.iso"}},
    {"dir/**", {"dir/a.iso", "dir/deep/c.iso", "dir/deep/deeper/d.iso", "dir/x"}},
    {"**/?.iso", {"a.iso", "b.iso", "dir/a.iso", "dir/deep/c.iso", "dir/deep/deeper/d.iso", "资料/a.iso"}},
    {"dir/**/deeper/*", {"dir/deep/deeper/d.iso"}},
};

TEST(Glob, FindsTheNamesThatMatch) {
  for (const Pattern& pattern : patterns) {
    const auto names = expanded(pattern.text);
    if (pattern.names.empty()) continue;
    ASSERT_TRUE(names) << pattern.text << ": " << describe(names.error());
    EXPECT_EQ(*names, pattern.names) << pattern.text;
  }
}

TEST(Glob, SaysWhenNothingMatches) {
  for (const char* text : {"*.zip", "dir/*.zip", "*/none", "nodir*/**"}) {
    const auto names = expanded(text);
    ASSERT_FALSE(names) << text;
    EXPECT_EQ(names.error().code, Code::not_found) << text;
    EXPECT_EQ(names.error().where, text);
  }
}

TEST(Glob, SaysWhenTheDirectoryIsNone) {
  const auto names = expanded("missing/*");
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().code, Code::not_directory);
}

}  // namespace
}  // namespace dftp::cli
