#include "server/watch/watches.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "proto/storage/descriptor.h"
#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

struct Listener final : Watcher {
  bool changed(const LocalChange& change, bool last_try) override {
    const std::lock_guard lock(mutex);
    ++asked;
    if (put_off && !last_try) return true;
    changes.push_back(change);
    heard.notify_all();
    return false;
  }
  void unwatched(const FileKey& key) override { lost.push_back(key); }
  void missed() override {}

  // The first change that comes, or none within a second.
  std::optional<LocalChange> next() {
    std::unique_lock lock(mutex);
    if (!heard.wait_for(lock, 1s, [&] { return !changes.empty(); })) return std::nullopt;
    const LocalChange first = changes.front();
    changes.erase(changes.begin());
    return first;
  }

  std::mutex mutex;
  std::condition_variable heard;
  std::vector<LocalChange> changes;
  std::vector<FileKey> lost;
  bool put_off = false;
  int asked = 0;
};

class WatchesTest : public testing::Test {
 protected:
  bool watch(const std::shared_ptr<Listener>& listener, std::string_view name) {
    return watch(watches_, listener, name, nullptr);
  }
  bool watch(Watches& watches, const std::shared_ptr<Listener>& listener, std::string_view name,
             const std::shared_ptr<const Account>& payer) const {
    const auto path = directory_ / name;
    const Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
    return watches.watch(listener, stat_at(opened.number())->key, opened.number(), payer) != Told::nothing;
  }
  FileKey key_of(std::string_view name) {
    const auto path = directory_ / name;
    const Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
    return stat_at(opened.number())->key;
  }
  void make_directory(std::string_view name) { std::filesystem::create_directory(directory_ / name); }

  TemporaryDirectory directory_;
  Watches watches_{2};
  std::shared_ptr<Listener> listener_ = std::make_shared<Listener>();
};

TEST_F(WatchesTest, TellOfNamesAndContent) {
  make_directory("a");
  ASSERT_TRUE(watch(listener_, "a"));
  std::ofstream(directory_ / "a/file") << "x";
  const auto made = listener_->next();
  ASSERT_TRUE(made);
  EXPECT_EQ(made->watched, key_of("a"));
  EXPECT_EQ(made->name, "file");
  EXPECT_TRUE(made->entries);
  std::this_thread::sleep_for(10ms);
  listener_->changes.clear();
  std::ofstream(directory_ / "a/file", std::ios::app) << "more";
  const auto written = listener_->next();
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->content);
  EXPECT_FALSE(written->entries);
}

TEST_F(WatchesTest, TellEverybodyWhoWatches) {
  const auto other = std::make_shared<Listener>();
  make_directory("a");
  ASSERT_TRUE(watch(listener_, "a"));
  ASSERT_TRUE(watch(other, "a"));
  EXPECT_EQ(watches_.size(), 1u);
  make_directory("a/inner");
  EXPECT_TRUE(listener_->next());
  EXPECT_TRUE(other->next());
  watches_.forget(other.get());
  EXPECT_FALSE(watches_.watches(other.get(), key_of("a")));
  EXPECT_TRUE(watches_.watches(listener_.get(), key_of("a")));
  watches_.forget(listener_.get());
  EXPECT_EQ(watches_.size(), 0u);
}

TEST_F(WatchesTest, TakeTheRoomOfTheOneThatWasUsedLeast) {
  for (const char* name : {"a", "b", "c"}) make_directory(name);
  ASSERT_TRUE(watch(listener_, "a"));
  ASSERT_TRUE(watch(listener_, "b"));
  ASSERT_TRUE(watch(listener_, "a"));
  ASSERT_TRUE(watch(listener_, "c"));
  EXPECT_EQ(listener_->lost, std::vector{key_of("b")});
  EXPECT_TRUE(watches_.watches(listener_.get(), key_of("a")));
  EXPECT_FALSE(watches_.watches(listener_.get(), key_of("b")));
}

class BudgetedWatches : public WatchesTest {
 protected:
  BudgetedWatches() {
    for (const char* name : {"a", "b", "c", "d"}) make_directory(name);
  }
  Budgets budgets_{budget_table({.sessions = 8, .descriptors = 1024, .watches = 4})};
  const std::shared_ptr<Account> ada_ = budgets_.account("ada", "x"), ben_ = budgets_.account("ben", "y");
  const std::shared_ptr<Listener> bens_ = std::make_shared<Listener>();
};

TEST_F(BudgetedWatches, OfAUserWithTooManyTheOldestGoesAndNobodyElses) {
  Watches watches(4);
  ASSERT_TRUE(watch(watches, bens_, "d", ben_));
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(watch(watches, listener_, name, ada_));
  EXPECT_EQ(listener_->lost, std::vector{key_of("a")});
  EXPECT_TRUE(bens_->lost.empty());
  EXPECT_TRUE(watches.watches(bens_.get(), key_of("d")));
  EXPECT_FALSE(watches.watches(listener_.get(), key_of("a")));
}

TEST_F(BudgetedWatches, WhatTwoUsersWatchStaysWithTheOther) {
  Watches watches(4);
  for (const auto& [listener, payer] : {std::pair(bens_, ben_), std::pair(listener_, ada_)})
    ASSERT_TRUE(watch(watches, listener, "a", payer));
  EXPECT_EQ(watches.size(), 1u);
  for (const char* name : {"b", "c"}) ASSERT_TRUE(watch(watches, listener_, name, ada_));
  EXPECT_EQ(listener_->lost, std::vector{key_of("a")});
  EXPECT_TRUE(watches.watches(bens_.get(), key_of("a")));
  EXPECT_EQ(watches.size(), 3u);
}

TEST_F(BudgetedWatches, AreGivenBack) {
  Watches watches(4);
  for (const char* name : {"a", "b"}) ASSERT_TRUE(watch(watches, listener_, name, ada_));
  EXPECT_FALSE(ada_->take(Counted::watches));
  watches.forget(listener_.get());
  EXPECT_TRUE(ada_->take(Counted::watches, 2));
  EXPECT_EQ(watches.size(), 0u);
}

TEST_F(WatchesTest, AskAgainWhoPutsADecisionOffAndInTheEndForTheLastTime) {
  make_directory("a");
  ASSERT_TRUE(watch(listener_, "a"));
  listener_->put_off = true;
  make_directory("a/inner");
  EXPECT_TRUE(listener_->next());
  EXPECT_GT(listener_->asked, 5);
}

TEST_F(WatchesTest, TellThatADirectoryIsGoneAndForgetIt) {
  make_directory("a");
  ASSERT_TRUE(watch(listener_, "a"));
  std::filesystem::remove(directory_ / "a");
  const auto gone = listener_->next();
  ASSERT_TRUE(gone);
  EXPECT_TRUE(gone->self_gone);
  EXPECT_EQ(watches_.size(), 0u);
}

TEST_F(WatchesTest, TellWhatHasHappenedBeforeTheyAreSettled) {
  make_directory("a");
  make_directory("b");
  ASSERT_TRUE(watch(listener_, "a") && watch(listener_, "b"));
  const FileKey keys[] = {key_of("a")};
  for (int i = 0; i < 500; ++i) {
    std::ofstream(directory_ / "a/file") << i;
    watches_.settle(listener_.get(), keys);
    {
      const std::lock_guard lock(listener_->mutex);
      ASSERT_FALSE(listener_->changes.empty()) << i;
      listener_->changes.clear();
    }
    watches_.settle(listener_.get(), keys);
    const std::lock_guard lock(listener_->mutex);
    ASSERT_TRUE(listener_->changes.empty()) << i;
  }
  std::ofstream(directory_ / "b/file") << "x";
  watches_.settle(listener_.get(), keys);
  const auto other = listener_->next();
  ASSERT_TRUE(other);
  EXPECT_EQ(other->watched, key_of("b"));
}

TEST_F(WatchesTest, DoNotKeepAWatcherAlive) {
  make_directory("a");
  ASSERT_TRUE(watch(listener_, "a"));
  const std::weak_ptr<Listener> weak = listener_;
  listener_.reset();
  EXPECT_TRUE(weak.expired());
  make_directory("a/inner");
  std::this_thread::sleep_for(20ms);
}

TEST_F(WatchesTest, OneKeyIsForgottenWithoutTheOthers) {
  make_directory("a");
  make_directory("c");
  ASSERT_TRUE(watch(listener_, "a") && watch(listener_, "c"));
  watches_.forget(listener_.get(), key_of("a"));
  EXPECT_FALSE(watches_.watches(listener_.get(), key_of("a")));
  EXPECT_TRUE(watches_.watches(listener_.get(), key_of("c")));
  EXPECT_TRUE(listener_->lost.empty());
}

}  // namespace
}  // namespace dftp::server
