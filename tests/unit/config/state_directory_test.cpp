#include "server/config/state_directory.h"

#include <unistd.h>

#include "tests/support/temporary_directory.h"
#include "tests/unit/config/support.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

struct StateDirectory : testing::Test {
  TemporaryDirectory directory;
  fs::path here = fs::canonical(directory.path());

  fs::path state_of(const fs::path& root) const { return default_state(root).value(); }
  void SetUp() override {
    for (const char* name : {"a/files", "b/files", "odd name\xe6"}) fs::create_directories(here / name);
  }
};

TEST_F(StateDirectory, of_two_shares_differ_though_their_names_are_the_same) {
  EXPECT_NE(state_of(here / "a/files"), state_of(here / "b/files"));
  EXPECT_EQ(state_of(here / "a/files").filename().string().find("files-"), 0u);
}

TEST_F(StateDirectory, of_one_share_is_the_same_by_every_way_to_it) {
  fs::create_directory_symlink(here / "a", here / "link");
  const fs::path state = state_of(here / "a/files");
  for (const char* way : {"a/files/", "a/../a/./files", "link/files"}) EXPECT_EQ(state_of(here / way), state) << way;
}

TEST_F(StateDirectory, has_a_name_that_needs_no_quoting) {
  EXPECT_EQ(state_of(here / "odd name\xe6").filename().string().find("odd_name_-"), 0u);
  EXPECT_EQ(state_of("/").filename().string().find("root-"), 0u);
}

TEST_F(StateDirectory, of_a_directory_that_is_not_there_is_an_error) {
  EXPECT_TRUE(fails_with(default_state(here / "none"), Code::not_found));
}

// As somebody who is not root.
struct UnprivilegedStateDirectory : StateDirectory {
  const uid_t before = ::geteuid();

  void SetUp() override {
    StateDirectory::SetUp();
    fs::permissions(directory.path(), fs::perms::all);
    ASSERT_EQ(::seteuid(before == 0 ? 65534 : before), 0);
  }
  void TearDown() override { ASSERT_EQ(::seteuid(before), 0); }
};

TEST_F(UnprivilegedStateDirectory, is_where_the_environment_says) {
  const ScopedVariable home("HOME", "/somebody"), base("XDG_STATE_HOME", "/xdg");
  EXPECT_EQ(state_of(here / "a/files").parent_path(), "/xdg/dftp");
}

TEST_F(UnprivilegedStateDirectory, is_beneath_the_home_otherwise) {
  const ScopedVariable home("HOME", "/somebody");
  for (const char* none : {static_cast<const char*>(nullptr), "", "relative"}) {
    const ScopedVariable base("XDG_STATE_HOME", none);
    EXPECT_EQ(state_of(here / "a/files").parent_path(), "/somebody/.local/state/dftp");
  }
}

TEST_F(UnprivilegedStateDirectory, must_be_named_where_there_is_no_home) {
  const ScopedVariable home("HOME", nullptr), base("XDG_STATE_HOME", nullptr);
  EXPECT_TRUE(fails_with(default_state(here / "a/files"), Code::usage));
}

TEST_F(StateDirectory, of_root_is_the_system_s) {
  if (::geteuid() != 0) GTEST_SKIP() << "not root";
  EXPECT_EQ(state_of(here / "a/files").parent_path(), "/var/lib/dftp");
}

}  // namespace
}  // namespace dftp::server
