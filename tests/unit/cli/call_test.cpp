#include "client/cli/line/call.h"

#include <gtest/gtest.h>

#include "client/cli/line/preferences.h"
#include "client/cli/verbs/verbs.h"

namespace dftp::cli {
namespace {

using Words = std::vector<std::string>;

RemotePath path(std::string_view text) {
  return *RemotePath::parse(text);
}

Words paths_of(const Call& call) {
  Words paths;
  for (const RemoteOperand& operand : call.remote) paths.push_back(operand.path.absolute());
  return paths;
}

TEST(Path, IsResolvedFromTheDirectoryByItsNames) {
  const RemotePath directory = path("/a/b");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"c", "/a/b/c"},       {"./c", "/a/b/c"},    {"..", "/a"},        {"../c", "/a/c"},
      {"/c", "/c"},          {".", "/a/b"},        {"/", "/"},          {"../../../..", "/"},
      {"c/../d/", "/a/b/d"}, {"c//d", "/a/b/c/d"}, {"...", "/a/b/..."},
  };
  for (const auto& [text, expected] : cases) {
    const auto resolved = resolve_path(text, directory);
    ASSERT_TRUE(resolved) << text;
    EXPECT_EQ(resolved->absolute(), expected) << text;
  }
}

TEST(Path, EmptyOrTooLongIsRefused) {
  EXPECT_EQ(resolve_path("", path("/a")).error().code, Code::usage);
  EXPECT_EQ(resolve_path(std::string(300, 'x'), path("/a")).error().code, Code::name_too_long);
}

TEST(UrlCall, LastOperandOfGetIsLocalUnlessItIsAUrl) {
  const Verb& get = *find_verb("get");
  const auto into = resolve_urls(get, {}, {"dftp://h/a", "dftp://h/b", "here/"}, Preferences());
  ASSERT_TRUE(into);
  EXPECT_EQ(paths_of(into->call), (Words{"/a", "/b"}));
  EXPECT_EQ(into->call.local, Words{"here/"});
  const auto default_target = resolve_urls(get, {}, {"dftp://h/a", "dftp://h/b"}, Preferences());
  ASSERT_TRUE(default_target);
  EXPECT_EQ(paths_of(default_target->call), (Words{"/a", "/b"}));
  EXPECT_EQ(default_target->call.local, Words{"."});
}

TEST(Sync, OneSideIsThere) {
  const Verb& sync = *find_verb("sync");
  const auto up = resolve_urls(sync, {}, {"a/", "dftp://h/b/"}, Preferences());
  ASSERT_TRUE(up);
  EXPECT_TRUE(up->call.to_remote);
  EXPECT_EQ(up->call.local, Words{"a/"});
  EXPECT_EQ(paths_of(up->call), Words{"/b"});
  const auto down = resolve_urls(sync, {}, {"dftp://h/b", "a"}, Preferences());
  ASSERT_TRUE(down);
  EXPECT_FALSE(down->call.to_remote);
  EXPECT_FALSE(resolve_urls(sync, {}, {"a", "b"}, Preferences()));
  EXPECT_FALSE(resolve_urls(sync, {}, {"dftp://h/a", "dftp://h/b"}, Preferences()));
  const auto within = resolve_paths(sync, {}, {":", "a"}, path("/d"));
  ASSERT_TRUE(within);
  EXPECT_FALSE(within->to_remote);
  EXPECT_EQ(paths_of(*within), Words{"/d"});
  EXPECT_EQ(paths_of(*resolve_paths(sync, {}, {"a", ":../e"}, path("/d"))), Words{"/e"});
  EXPECT_FALSE(resolve_paths(sync, {}, {"a", "b"}, path("/d")));
  EXPECT_FALSE(resolve_paths(sync, {}, {":a", ":b"}, path("/d")));
}

TEST(UrlCall, LastOperandOfPutIsTheUrl) {
  const auto placed = resolve_urls(*find_verb("put"), {}, {"a", "-", "dftp://ann@h:99/in/"}, Preferences());
  ASSERT_TRUE(placed);
  EXPECT_EQ(placed->call.local, (Words{"a", "-"}));
  EXPECT_EQ(paths_of(placed->call), Words{"/in"});
  EXPECT_TRUE(placed->call.remote[0].directory);
  EXPECT_EQ(placed->place.endpoint.text(), "h:99");
  EXPECT_EQ(placed->place.user, "ann");
}

TEST(UrlCall, FirstOperandOfLnAndChmodIsAWord) {
  const auto link = resolve_urls(*find_verb("ln"), {}, {"../a b", "dftp://h/c"}, Preferences());
  ASSERT_TRUE(link);
  EXPECT_EQ(link->call.local, Words{"../a b"});
  EXPECT_EQ(paths_of(link->call), Words{"/c"});
  const auto mode = resolve_urls(*find_verb("chmod"), {}, {"644", "dftp://h/a", "dftp://h/b"}, Preferences());
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->call.local, Words{"644"});
  EXPECT_EQ(paths_of(mode->call), (Words{"/a", "/b"}));
}

struct Wrong {
  std::string_view verb;
  Words operands;
};

TEST(UrlCall, WrongOperandsAreUsageErrors) {
  const Wrong cases[] = {
      {"ls", {}},
      {"ls", {"a"}},
      {"get", {}},
      {"get", {"a"}},
      {"get", {"a", "dftp://h/b"}},
      {"put", {"dftp://h/a"}},
      {"put", {"a", "b"}},
      {"put", {"dftp://h/a", "dftp://h/b"}},
      {"mv", {"dftp://h/a"}},
      {"mv", {"dftp://h/a", "dftp://g/b", "dftp://h/c"}},
      {"rm", {"dftp://h/a", "dftp://ann@h/b"}},
      {"cat", {"dftp://h:1/a", "dftp://h:2/b"}},
      {"ln", {"dftp://h/a"}},
      {"ln", {"dftp://h/a", "b"}},
      {"ln", {"a", "dftp://h/a", "dftp://h/b"}},
      {"ln", {"dftp://h/a", "dftp://h/b"}},
      {"chmod", {"644"}},
      {"chmod", {"644", "a"}},
      {"df", {}},
      {"help", {"a", "b"}},
  };
  for (const Wrong& wrong : cases) {
    const auto placed = resolve_urls(*find_verb(wrong.verb), {}, wrong.operands, Preferences());
    ASSERT_FALSE(placed) << wrong.verb << " with " << wrong.operands.size();
    EXPECT_EQ(placed.error().code, Code::usage) << wrong.verb;
  }
}

TEST(SessionCall, TargetsAreTheDirectoriesHereAndThereUnlessNamed) {
  const RemotePath directory = path("/d");
  const auto get = resolve_paths(*find_verb("get"), {}, {"a"}, directory);
  ASSERT_TRUE(get);
  EXPECT_EQ(paths_of(*get), Words{"/d/a"});
  EXPECT_EQ(get->local, Words{"."});
  const auto put = resolve_paths(*find_verb("put"), {}, {"a"}, directory);
  ASSERT_TRUE(put);
  EXPECT_EQ(put->local, Words{"a"});
  EXPECT_EQ(paths_of(*put), Words{"/d"});
  EXPECT_TRUE(put->remote[0].directory);
  const auto named = resolve_paths(*find_verb("put"), {}, {"a", "b", "../c/"}, directory);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->local, (Words{"a", "b"}));
  EXPECT_EQ(paths_of(*named), Words{"/c"});
  EXPECT_TRUE(named->remote[0].directory);
}

TEST(SessionCall, AWordIsNoPath) {
  const auto call = resolve_paths(*find_verb("ln"), {}, {"../a", "b"}, path("/d"));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->local, Words{"../a"});
  EXPECT_EQ(paths_of(*call), Words{"/d/b"});
}

TEST(SessionCall, AUrlIsJustAPath) {
  const auto call = resolve_paths(*find_verb("rm"), {}, {"dftp://h/a"}, path("/d"));
  ASSERT_TRUE(call);
  EXPECT_EQ(paths_of(*call), Words{"/d/dftp:/h/a"});
}

TEST(SessionCall, CountsItsOperands) {
  EXPECT_TRUE(resolve_paths(*find_verb("ls"), {}, {}, {}));
  EXPECT_FALSE(resolve_paths(*find_verb("cd"), {}, {"a", "b"}, {}));
  EXPECT_FALSE(resolve_paths(*find_verb("pwd"), {}, {"a"}, {}));
  EXPECT_FALSE(resolve_paths(*find_verb("mkdir"), {}, {}, {}));
}

TEST(OperandKind, TellsWhereAnOperandIsAndWhetherAPatternMayStandForIt) {
  struct Row {
    std::string verb;
    std::size_t index, count;
    Side side;
    bool present;
  };
  for (const Row& row : {Row{"ls", 0, 1, Side::there, true},
                         {"get", 0, 2, Side::there, true},
                         {"get", 1, 2, Side::here, false},
                         {"put", 0, 2, Side::here, true},
                         {"put", 1, 2, Side::there, false},
                         {"mput", 0, 2, Side::here, true},
                         {"mv", 0, 2, Side::there, true},
                         {"mv", 1, 2, Side::there, false},
                         {"mkdir", 0, 1, Side::there, false},
                         {"chmod", 0, 2, Side::word, false},
                         {"chmod", 1, 2, Side::there, true},
                         {"help", 0, 1, Side::word, false}}) {
    const OperandKind kind = operand_kind(*find_verb(row.verb), row.index, row.count);
    EXPECT_EQ(kind.side, row.side) << row.verb << row.index;
    EXPECT_EQ(kind.present, row.present) << row.verb << row.index;
  }
}

TEST(WithTarget, AddsWhereOneIsWhereATargetIsLeftOut) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(with_target(*find_verb("get"), {"a"}), (Words{"a", "."}));
  EXPECT_EQ(with_target(*find_verb("get"), {"a", "b"}), (Words{"a", "b"}));
  EXPECT_EQ(with_target(*find_verb("mget"), {"a", "b"}), (Words{"a", "b", "."}));
  EXPECT_EQ(with_target(*find_verb("rm"), {"a"}), (Words{"a"}));
}

}  // namespace
}  // namespace dftp::cli
