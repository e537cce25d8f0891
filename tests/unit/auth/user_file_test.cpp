#include "server/auth/user_file.h"

#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "tests/support/temporary_directory.h"
#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

struct UserFile : testing::Test {
  TemporaryDirectory directory;
  fs::path state = directory / "above/state";
  fs::path file = state / "users.toml";

  Result<void> add(const std::string& name) const {
    return change_users(state, [&](Users& users) -> Result<void> {
      users.push_back(user_named(name));
      return {};
    });
  }
  std::size_t count() const { return read_users(state).value().size(); }
};

fs::perms mode_of(const fs::path& path) {
  return fs::status(path).permissions();
}

TEST_F(UserFile, that_is_not_there_holds_nobody) {
  EXPECT_TRUE(read_users(state)->empty());
}

TEST_F(UserFile, and_its_directory_are_for_the_owner_only) {
  const mode_t before = ::umask(0);
  ASSERT_TRUE(add("alice"));
  ::umask(before);
  EXPECT_EQ(mode_of(state), fs::perms::owner_all);
  EXPECT_EQ(mode_of(file), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(file, fs::perms::all);
  ASSERT_TRUE(add("bob"));
  EXPECT_EQ(mode_of(file), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(UserFile, of_a_state_made_by_root_belongs_to_the_directory_s_owner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_TRUE(make_state(state));
  ASSERT_EQ(::chown(state.c_str(), 1234, 1235), 0);
  ASSERT_TRUE(add("alice"));
  for (const auto& entry : fs::directory_iterator(state)) {
    struct stat status;
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 1234u) << entry.path();
    EXPECT_EQ(status.st_gid, 1235u) << entry.path();
  }
}

TEST_F(UserFile, stays_as_it_was_when_a_change_fails) {
  ASSERT_TRUE(add("alice"));
  const std::string before = content_of(file);
  const auto changed = change_users(state, [](Users& users) -> Result<void> {
    users.clear();
    return fail(Code::denied, "", "no");
  });
  EXPECT_TRUE(fails_with(changed, Code::denied));
  EXPECT_EQ(content_of(file), before);
}

TEST_F(UserFile, is_left_alone_when_it_is_broken) {
  ASSERT_TRUE(make_state(state));
  write_to(file, "[[user]]\nname = 5\n");
  const auto changed = add("alice");
  ASSERT_TRUE(fails_with(changed, Code::usage));
  EXPECT_EQ(changed.error().where, file.string() + ":2");
  EXPECT_EQ(content_of(file), "[[user]]\nname = 5\n");
}

TEST_F(UserFile, is_replaced_and_leaves_nothing_beside_it) {
  ASSERT_TRUE(add("alice"));
  fs::create_hard_link(file, directory / "old");
  write_to(state / "users.toml.new", "what a crash left");
  fs::permissions(state / "users.toml.new", fs::perms::all);
  ASSERT_TRUE(add("bob"));
  EXPECT_EQ(parse_users(content_of(directory / "old"), "old")->size(), 1u);  // the old file itself was not written to
  EXPECT_EQ(count(), 2u);
  EXPECT_EQ(mode_of(file), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(state / "users.toml.new"));
}

TEST_F(UserFile, does_not_follow_a_link_laid_in_its_way) {
  ASSERT_TRUE(make_state(state));
  write_to(directory / "victim", "precious");
  fs::create_symlink(directory / "victim", state / "users.toml.new");
  EXPECT_FALSE(add("alice"));
  EXPECT_EQ(content_of(directory / "victim"), "precious");
}

TEST_F(UserFile, loses_nothing_when_processes_change_it_at_once) {
  constexpr int processes = 6, each = 10;
  user_named("warm");  // hash before forking
  for (int process = 0; process < processes; ++process) {
    if (::fork() != 0) continue;
    for (int i = 0; i < each; ++i) {
      if (!add("user" + std::to_string(process * each + i))) ::_exit(1);
    }
    ::_exit(0);
  }
  for (int process = 0; process < processes; ++process) {
    int status = 1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(count(), static_cast<std::size_t>(processes * each));
}

TEST_F(UserFile, loses_nothing_when_threads_change_it_at_once) {
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([this, i] { EXPECT_TRUE(add("user" + std::to_string(i))); });
  threads.clear();
  EXPECT_EQ(count(), 16u);
}

TEST_F(UserFile, in_a_place_that_cannot_be_is_an_error) {
  write_to(directory / "file", "");
  EXPECT_TRUE(
      fails_with(change_users(directory / "file/state", [](Users&) { return Result<void>(); }), Code::not_directory));
  EXPECT_TRUE(fails_with(read_users(directory / "file"), Code::not_directory));
}

TEST_F(UserFile, is_parsed_again_only_when_it_has_changed) {
  UserCache cache(state);
  EXPECT_TRUE(cache.get().value()->empty());
  ASSERT_TRUE(add("alice"));
  const auto first = cache.get().value();
  EXPECT_EQ(first->size(), 1u);
  EXPECT_EQ(cache.get().value(), first);
  ASSERT_TRUE(add("bob"));
  EXPECT_EQ(cache.get().value()->size(), 2u);
  EXPECT_EQ(first->size(), 1u);  // who holds the old list keeps it
  fs::remove(file);
  EXPECT_TRUE(cache.get().value()->empty());
}

TEST_F(UserFile, that_broke_is_an_error_until_it_is_whole_again) {
  ASSERT_TRUE(add("alice"));
  UserCache cache(state);
  ASSERT_TRUE(cache.get());
  const std::string whole = content_of(file);
  write_to(file, whole + "oops");
  EXPECT_TRUE(fails_with(cache.get(), Code::usage));
  EXPECT_TRUE(fails_with(cache.get(), Code::usage));
  write_to(file, whole);
  EXPECT_EQ(cache.get().value()->size(), 1u);
}

}  // namespace
}  // namespace dftp::server
