#include "proto/wire/path_order.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <vector>

namespace dftp {
namespace {

TEST(PathOrder, BeneathIsBelowAndNotBeside) {
  struct Row {
    std::string_view path, directory;
    bool beneath;
  };
  constexpr Row rows[] = {
      {"a/b", "a", true},     {"a", "a", false},    {"a.b", "a", false}, {"a b/c", "a", false}, {"a/b/c", "a/b", true},
      {"a/bc", "a/b", false}, {"a", "", true},      {"", "", false},     {"/a", "/", true},     {"/", "/", false},
      {"a", "a/b", false},    {"a-/b", "a", false}, {"a/", "a/", false},
  };
  for (const Row& row : rows) EXPECT_EQ(is_beneath(row.path, row.directory), row.beneath) << row.path << row.directory;
}

// Names with bytes below and above '/', as many as collide often.
std::vector<std::string> random_paths(std::mt19937& random) {
  static const std::vector<std::string> names = {"a",  "a b", "a!",   "a-",   "a.b", "a0",
                                                 "ab", "b",   "\x01", "\xff", " ",   "!"};
  const auto below = [&](std::size_t bound) { return random() % bound; };
  std::vector<std::string> paths(1 + below(40));
  for (std::string& path : paths) {
    for (std::size_t depth = 1 + below(4); depth > 0; --depth)
      path += (path.empty() ? "" : "/") + names[below(names.size())];
  }
  return paths;
}

// By names, one by one.
std::vector<std::string> parts(std::string_view path) {
  std::vector<std::string> names;
  for (const auto part : std::views::split(path, '/')) names.emplace_back(part.begin(), part.end());
  return names;
}
bool naive_beneath(const std::string& path, const std::string& directory) {
  const auto one = parts(path), other = parts(directory);
  return one.size() > other.size() && std::equal(other.begin(), other.end(), one.begin());
}

TEST(PathOrder, FindsWhatANaiveSearchFinds) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const auto paths = random_paths(random);
    const std::set<std::string> sorted(paths.begin(), paths.end());
    for (const std::string& directory : random_paths(random)) {
      std::vector<std::string> naive;
      for (const std::string& path : sorted) {
        if (naive_beneath(path, directory)) naive.push_back(path);
        EXPECT_EQ(is_beneath(path, directory), naive_beneath(path, directory));
      }
      const auto range = all_beneath(sorted, directory);
      EXPECT_EQ(std::vector<std::string>(range.begin(), range.end()), naive) << directory;
    }
  }
}

TEST(PathOrder, ATreeStandsTogetherBehindItsTop) {
  std::mt19937 random(2);
  for (int round = 0; round < 300; ++round) {
    const auto paths = random_paths(random);
    const std::set<std::string, TreeOrder> sorted(paths.begin(), paths.end());
    for (auto at = sorted.begin(); at != sorted.end(); ++at) {
      auto end = std::next(at);
      while (end != sorted.end() && naive_beneath(*end, *at)) ++end;
      EXPECT_TRUE(std::none_of(end, sorted.end(), [&](const auto& path) { return naive_beneath(path, *at); }));
      EXPECT_TRUE(std::none_of(sorted.begin(), at, [&](const auto& path) { return naive_beneath(path, *at); }));
    }
  }
}

TEST(PathOrder, NamesTheDirectoriesAbove) {
  const auto above = [](std::string_view path) {
    std::vector<std::string> names;
    for (const std::string_view name : directories_above(path)) names.emplace_back(name);
    return names;
  };
  EXPECT_EQ(above("a/b/c"), (std::vector<std::string>{"a", "a/b"}));
  EXPECT_EQ(above("a"), std::vector<std::string>());
  EXPECT_EQ(above(""), std::vector<std::string>());
}

}  // namespace
}  // namespace dftp
