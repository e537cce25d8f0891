#include "client/sync/plan.h"

#include <gtest/gtest.h>

namespace dftp::sync {
namespace {

constexpr std::uint64_t large = 1 << 20;
constexpr SyncEntry directory{FileType::directory};

SyncTree tree(std::map<std::string, SyncEntry> entries) {
  return {std::move(entries)};
}
SyncEntry file(std::uint64_t size, std::int64_t mtime, std::uint32_t mode = 0644) {
  return {FileType::file, size, mtime, mode};
}
SyncEntry directory_of(std::uint32_t mode) {
  return {.type = FileType::directory, .mode = mode};
}
SyncEntry link(std::string target) {
  return {.type = FileType::symlink, .target = std::move(target)};
}

// "send a, rename old -> new", in the plan's order.
std::string text(const std::vector<PlannedChange>& changes) {
  std::string text;
  for (const PlannedChange& change : changes) {
    text += (text.empty() ? "" : ", ") + std::string(name_of(change.action)) + " ";
    text += (change.from.empty() ? "" : change.from + " -> ") + change.path;
  }
  return text;
}

SyncTree unseen(std::map<std::string, SyncEntry> entries, Code code) {
  SyncTree tree{std::move(entries)};
  tree.errors.push_back({code, {}, "/s/no", {}});
  tree.unseen.insert("no");
  return tree;
}

struct Case {
  const char* what;
  SyncTree source, destination;
  SyncOptions options;
  std::set<Question> equal;
  std::string plan, refused;
};

const Case cases[] = {
    {"nothing to do",
     tree({{"a", file(1, 1)}, {"d", directory}}),
     tree({{"a", file(1, 1)}, {"d", directory}}),
     {},
     {},
     "",
     ""},
    {"new things",
     tree({{"d", directory}, {"d/f", file(1, 1)}, {"l", link("d")}}),
     {},
     {},
     {},
     "make_directory d, send d/f, send l",
     ""},
    {"another size or time",
     tree({{"a", file(2, 1)}, {"b", file(1, 2)}}),
     tree({{"a", file(1, 1)}, {"b", file(1, 1)}}),
     {},
     {},
     "send a, send b",
     ""},
    {"links by their targets",
     tree({{"a", link("x")}, {"b", link("x")}}),
     tree({{"a", link("x")}, {"b", link("y")}}),
     {},
     {},
     "send b",
     ""},
    {"a link in a file's place", tree({{"a", link("x")}}), tree({{"a", file(1, 1)}}), {}, {}, "send a", ""},
    {"what is only there stays",
     tree({{"a", file(1, 1)}}),
     tree({{"a", file(1, 1)}, {"b", file(1, 1)}}),
     {},
     {},
     "",
     ""},
    {"what is only there goes, from below",
     tree({{"a", file(1, 1)}}),
     tree({{"a", file(1, 1)}, {"d", directory}, {"d/e", directory}, {"d/e/f", file(1, 1)}, {"z", file(1, 1)}}),
     {.remove = true},
     {},
     "remove_file d/e/f, remove_file z, remove_directory d/e, remove_directory d",
     ""},
    {"a directory that holds what is left out stays",
     tree({{"a", file(1, 1)}}),
     SyncTree{{{"a", file(1, 1)}, {"d", directory}, {"d/e", directory}, {"d/e/f", file(1, 1)}}, {"d/e"}, {}},
     {.remove = true},
     {},
     "remove_file d/e/f",
     ""},
    {"equal content, another time",
     tree({{"a", file(1, 2)}, {"b", file(1, 2)}}),
     tree({{"a", file(1, 1)}, {"b", file(1, 2)}}),
     {.checksum = true},
     {{"a", "a"}},
     "send b, set_time a",
     ""},
    {"renamed",
     tree({{"d", directory}, {"d/new", file(large, 1)}}),
     tree({{"old", file(large, 1)}}),
     {.remove = true},
     {{"d/new", "old"}},
     "make_directory d, rename old -> d/new",
     ""},
    {"only seemingly renamed",
     tree({{"new", file(large, 1)}}),
     tree({{"old", file(large, 1)}}),
     {.remove = true},
     {},
     "send new, remove_file old",
     ""},
    {"a file where a directory was",
     tree({{"a", file(1, 1)}}),
     tree({{"a", directory}, {"a/b", file(1, 1)}}),
     {.remove = true},
     {},
     "remove_file a/b, remove_directory a, send a",
     ""},
    {"a directory where a file was",
     tree({{"a", directory}, {"a/b", file(1, 1)}}),
     tree({{"a", file(1, 1)}}),
     {.remove = true},
     {},
     "remove_file a, make_directory a, send a/b",
     ""},
    {"nothing takes another kind's place unasked",
     tree({{"a", directory}, {"a/b", file(1, 1)}, {"c", file(1, 1)}}),
     tree({{"a", file(1, 1)}}),
     {},
     {},
     "send c",
     "a"},
    {"another mode: what will be writable first, the rest last",
     tree({{"d", directory_of(0755)}, {"e", directory_of(0555)}, {"e/f", file(1, 1, 0600)}, {"g", file(1, 2, 0400)}}),
     tree({{"d", directory_of(0500)},
           {"e", directory_of(0755)},
           {"e/f", file(1, 1)},
           {"e/x", file(1, 1)},
           {"g", file(1, 1)}}),
     {.remove = true},
     {},
     "set_mode d, set_mode e/f, send g, remove_file e/x, set_mode e",
     ""},
    {"equal content or renamed, and another mode",
     tree({{"a", file(1, 1, 0600)}, {"new", file(large, 1, 0755)}}),
     tree({{"a", file(1, 1)}, {"old", file(large, 1)}}),
     {.remove = true, .checksum = true},
     {{"a", "a"}, {"new", "old"}},
     "set_mode a, rename old -> new, set_mode new",
     ""},
    {"links have no mode",
     tree({{"a", {FileType::symlink, 0, 0, 0777, "x"}}}),
     tree({{"a", link("x")}}),
     {},
     {},
     "",
     ""},
    {"a device is left out, and what has its name there stays",
     tree({{"a", {FileType::other}}, {"b", {FileType::other}}, {"c", file(1, 1)}}),
     tree({{"a", file(1, 1)}, {"b", directory}, {"b/f", file(1, 1)}, {"d", file(1, 1)}}),
     {.remove = true},
     {},
     "send c, remove_file d",
     ""},
    {"what could not be looked at is kept, and the rest goes",
     unseen({{"no", directory}, {"yes", directory}}, Code::denied),
     tree(
         {{"no", directory}, {"no/f", file(1, 1)}, {"nothing", file(1, 1)}, {"yes", directory}, {"yes/f", file(1, 1)}}),
     {.remove = true},
     {},
     "remove_file nothing, remove_file yes/f",
     "/s/no"},
    {"where a disk fails nothing goes",
     unseen({{"no", directory}}, Code::io),
     tree({{"no", directory}, {"old", file(1, 1)}}),
     {.remove = true},
     {},
     "",
     "/s/no"},
    {"what could not be looked at takes nothing's place",
     unseen({{"no", directory}}, Code::denied),
     tree({{"no", file(1, 1)}}),
     {.remove = true},
     {},
     "",
     "/s/no"},
    {"what a directory holds whose place is taken stays",
     tree({{"a", file(1, 1)}}),
     SyncTree{{{"a", directory}, {"a/b", file(1, 1)}, {"c", file(1, 1)}}, {"a"}},
     {.remove = true},
     {},
     "remove_file c",
     "a"},
    {"times as the destination keeps them",
     tree({{"coarse", file(1, 1'500'000'000)}, {"late", file(1, 9'000'000'000)}, {"other", file(1, 2'000'000'000)}}),
     tree({{"coarse", file(1, 1'000'000'000)}, {"late", file(1, 5'000'000'000)}, {"other", file(1, 1'000'000'000)}}),
     {.times = {.last = 5'000'000'000, .step = 1'000'000'000}},
     {},
     "send other",
     ""},
};

TEST(Plan, DoesWhatMakesTheDestinationLikeTheSource) {
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    const auto plan = make_plan(one.source, one.destination, one.options, one.equal);
    ASSERT_TRUE(plan) << describe(plan.error());
    EXPECT_EQ(text(plan->all()), one.plan);
    EXPECT_EQ(plan->refused.empty() ? "" : plan->refused[0].where, one.refused);
  }
}

TEST(Plan, AsksOnlyWhatMatters) {
  const SyncTree source =
      tree({{"new", file(large, 1)}, {"small", file(1, 1)}, {"same", file(5, 5)}, {"other", file(5, 5)}});
  const SyncTree there =
      tree({{"old", file(large, 1)}, {"tiny", file(1, 1)}, {"same", file(5, 6)}, {"other", file(6, 5)}});
  EXPECT_TRUE(questions(source, there, {}).empty());
  EXPECT_EQ(questions(source, there, {.remove = true}), (std::set<Question>{{"new", "old"}}));
  EXPECT_EQ(questions(source, there, {.checksum = true}), (std::set<Question>{{"same", "same"}}));
  SyncTree twins = there;
  twins.entries["old too"] = file(large, 1);
  EXPECT_TRUE(questions(source, twins, {.remove = true}).empty());
  SyncTree half_seen = source;
  half_seen.errors.push_back({Code::denied, "EACCES", "/old", ""});
  half_seen.unseen.insert("old");
  EXPECT_TRUE(questions(half_seen, there, {.remove = true}).empty());
}

TEST(Plan, KeepsWhatMayBeTheOnlyCopyOfSomethingThatWasMoved) {
  const SyncTree source = tree({{"d", directory}, {"d/new", file(7, 1)}});
  const SyncTree there = tree({{"old", directory}, {"old/f", file(7, 1)}, {"old/g", file(7, 2)}, {"older", directory}});
  const auto plan = make_plan(source, there, {.remove = true}, {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(text(plan->removed), "remove_file old/f, remove_file old/g, remove_directory old, remove_directory older");
  EXPECT_EQ(text(plan->removed_after_failures()), "remove_file old/g, remove_directory older");
}

TEST(Plan, GuardsAgainstRemovingTooMuch) {
  const SyncTree there = tree({{"a", file(1, 1)}, {"b", file(1, 1)}});
  const auto empty = make_plan({}, there, {.remove = true}, {});
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().where, "--delete");
  EXPECT_TRUE(make_plan({}, {}, {.remove = true}, {}));
  EXPECT_TRUE(make_plan({}, there, {}, {}));
  const SyncTree one = tree({{"a", file(1, 1)}});
  EXPECT_TRUE(make_plan(one, there, {.remove = true, .max_removed = 1}, {}));
  const auto many = make_plan(one, there, {.remove = true, .max_removed = 0}, {});
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().where, "--max-delete");
}

}  // namespace
}  // namespace dftp::sync
