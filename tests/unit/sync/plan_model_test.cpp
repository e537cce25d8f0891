// Plans of random trees, carried out on a model that knows what a file system would refuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "client/sync/plan.h"

namespace dftp::sync {
namespace {

using Model = std::map<std::string, SyncEntry>;

bool within(const std::string& path, const std::string& directory) {
  return path.size() > directory.size() && path.compare(0, directory.size() + 1, directory + "/") == 0;
}

std::size_t below(std::mt19937& random, std::size_t bound) {
  return random() % bound;
}

// Siblings whose names differ by a byte below or above '/'.
Model random_tree(std::mt19937& random) {
  static const char* const names[] = {"a", "a b", "a!", "a-", "a.b", "a0", "b"};
  Model model;
  std::vector<std::string> directories = {""};
  for (std::size_t i = below(random, 25); i > 0; --i) {
    const std::string parent = directories[below(random, directories.size())];
    const std::string path = (parent.empty() ? "" : parent + "/") + names[below(random, std::size(names))];
    if (model.contains(path)) continue;
    const bool directory = below(random, 2) == 0;
    model[path] = {.type = directory ? FileType::directory : FileType::file, .size = below(random, 3), .mode = 0644};
    if (directory) directories.push_back(path);
  }
  return model;
}

// What the rules leave out: names nobody tells the planner of.
std::set<std::string> leave_some_out(std::mt19937& random, const Model& model) {
  std::set<std::string> hidden;
  for (const auto& [path, entry] : model) {
    if (entry.type == FileType::directory && below(random, 6) == 0) hidden.insert(path + "/cache");
  }
  return hidden;
}

class Disk {
 public:
  Disk(Model model, std::set<std::string> hidden) : model_(std::move(model)), hidden_(std::move(hidden)) {}

  void carry_out(const PlannedChange& change, const Model& source) {
    SCOPED_TRACE(std::string(name_of(change.action)) + " " + change.path);
    const auto there = model_.find(change.path);
    switch (change.action) {
      case SyncAction::remove_file:
        ASSERT_TRUE(there != model_.end() && there->second.type != FileType::directory);
        model_.erase(there);
        break;
      case SyncAction::remove_directory:
        ASSERT_TRUE(there != model_.end() && there->second.type == FileType::directory);
        for (const auto& [path, entry] : model_) ASSERT_FALSE(within(path, change.path)) << path;
        for (const std::string& path : hidden_) ASSERT_FALSE(within(path, change.path)) << path;
        model_.erase(there);
        break;
      case SyncAction::make_directory: ASSERT_TRUE(there == model_.end()); [[fallthrough]];
      case SyncAction::send: {
        const std::size_t slash = change.path.rfind('/');
        ASSERT_TRUE(slash == change.path.npos || model_.contains(change.path.substr(0, slash)));
        model_[change.path] = source.at(change.path);
        break;
      }
      default: break;
    }
  }
  const Model& model() const { return model_; }

 private:
  Model model_;
  const std::set<std::string> hidden_;
};

SyncTree tree_of(const Model& model, const std::set<std::string>& hidden) {
  SyncTree tree{model};
  for (const std::string& path : hidden) tree.keeping.insert(path.substr(0, path.rfind('/')));
  return tree;
}

bool same(const SyncEntry& one, const SyncEntry& other) {
  return one.type == other.type && (one.type == FileType::directory || one.size == other.size);
}

TEST(PlanModel, NothingIsHalfRemovedAndAllThatMayBeIsAlike) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    const Model source = random_tree(random), before = random_tree(random);
    if (source.empty()) continue;
    const auto hidden = leave_some_out(random, before);
    const auto plan = make_plan(tree_of(source, {}), tree_of(before, hidden), {.remove = true}, {});
    ASSERT_TRUE(plan) << describe(plan.error());
    Disk disk(before, hidden);
    for (const PlannedChange& change : plan->all()) {
      disk.carry_out(change, source);
      if (testing::Test::HasFatalFailure()) return;
    }
    std::set<std::string> refused;
    for (const Error& error : plan->refused) refused.insert(error.where);
    const auto is_refused = [&](const std::string& path) {
      return std::ranges::any_of(refused, [&](const std::string& top) { return path == top || within(path, top); });
    };
    for (const auto& [path, entry] : source) {
      if (is_refused(path)) continue;
      ASSERT_TRUE(disk.model().contains(path)) << path;
      ASSERT_TRUE(same(disk.model().at(path), entry)) << path;
    }
    for (const auto& [path, entry] : before) {
      const bool stays = !source.contains(path) || is_refused(path);
      const bool keeps = std::ranges::any_of(hidden, [&](const std::string& one) { return within(one, path); });
      const bool made_room =
          std::ranges::any_of(plan->replaced, [&](const PlannedChange& one) { return one.path == path; });
      ASSERT_TRUE(disk.model().contains(path) || !stays || made_room || (!keeps && !is_refused(path))) << path;
      ASSERT_FALSE(disk.model().contains(path) && !source.contains(path) && !keeps && !is_refused(path)) << path;
    }
  }
}

TEST(PlanModel, WhatCouldNotBeLookedAtKeepsWhatIsThereAndNothingElse) {
  std::mt19937 random(2);
  for (int round = 0; round < 500; ++round) {
    const Model source = random_tree(random), before = random_tree(random);
    if (source.empty()) continue;
    SyncTree seen{source};
    std::erase_if(seen.entries, [](const auto& entry) {
      return within(entry.first, "a") || (entry.first == "a" && entry.second.type != FileType::directory);
    });
    if (seen.entries.empty()) continue;
    seen.errors.push_back({Code::denied, "EACCES", "/s/a", ""});
    seen.unseen.insert("a");
    const auto plan = make_plan(seen, SyncTree{before}, {.remove = true}, {});
    auto whole = make_plan(SyncTree{source}, SyncTree{before}, {.remove = true}, {});
    ASSERT_TRUE(plan && whole);
    const auto unknown = [](const PlannedChange& one) { return one.path == "a" || within(one.path, "a"); };
    EXPECT_TRUE(std::ranges::none_of(plan->removed, unknown));
    EXPECT_TRUE(std::ranges::none_of(plan->replaced, unknown));
    std::erase_if(whole->removed, unknown);
    EXPECT_EQ(plan->removed, whole->removed);
    EXPECT_EQ(plan->withheld, 0u);
    EXPECT_EQ(plan->refused.front().where, "/s/a");
  }
}

TEST(PlanModel, ADirectoryThatCouldNotBeLookedIntoIsNotReplaced) {
  SyncTree there{{{"a", {FileType::directory}},
                  {"a/b", {FileType::directory}},
                  {"a/c", {FileType::file}},
                  {"a.b", {FileType::file}}}};
  there.errors.push_back({Code::denied, "EACCES", "/t/a/b", ""});
  there.unseen.insert("a/b");
  const auto plan = make_plan(SyncTree{{{"a", {FileType::file}}}}, there, {.remove = true}, {});
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->all().size(), 1u);
  EXPECT_EQ(plan->all()[0].path, "a.b");
  EXPECT_EQ(plan->refused.size(), 2u);
}

}  // namespace
}  // namespace dftp::sync
