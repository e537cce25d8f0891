#include "server/commands/targets.h"

#include <gtest/gtest.h>

#include "tests/support/memory_storage.h"

namespace dftp::server {
namespace {

RemotePath path(std::string_view text) {
  return *RemotePath::parse(text);
}

class TargetsTest : public testing::Test {
 protected:
  TargetsTest() {
    EXPECT_TRUE(storage_->make_directory(path("in"), 0755));
    auto partial = storage_->open_partial(path("in/file"), "ada");
    EXPECT_TRUE(partial && partial->file->publish({}));
  }
  Result<ResolvedTargets> resolve(const PutTarget& target) { return resolve_targets(*storage_, {.targets = {target}}); }
  static Code code_of(const Result<ResolvedTargets>& resolved) { return resolved.error().code; }

  std::unique_ptr<Storage> storage_ = make_memory_storage();
};

TEST_F(TargetsTest, IntoADirectoryUnderItsName) {
  const auto resolved = resolve({path("in"), {"new"}});
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->paths, std::vector{path("in/new")});
  EXPECT_EQ(resolved->present, std::vector{false});
}

TEST_F(TargetsTest, ExactlyToAPathThatIsNoDirectory) {
  EXPECT_EQ(resolve({path("in/file"), {"new"}})->paths, std::vector{path("in/file")});
  EXPECT_EQ(resolve({path("in/other"), {"new"}})->paths, std::vector{path("in/other")});
}

TEST_F(TargetsTest, WithoutANameExactlyToTheDirectory) {
  const auto resolved = resolve({path("in"), {}});
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->paths, std::vector{path("in")});
  EXPECT_EQ(resolved->present, std::vector{true});
}

TEST_F(TargetsTest, SaysWhatIsThere) {
  EXPECT_EQ(resolve({path("in"), {"file"}})->present, std::vector{true});
}

TEST_F(TargetsTest, AMissingParentIsNamed) {
  const auto resolved = resolve({path("none/deep/file"), {}});
  ASSERT_FALSE(resolved);
  EXPECT_EQ(code_of(resolved), Code::not_found);
  EXPECT_EQ(resolved.error().where, "/none/deep");
}

TEST_F(TargetsTest, AParentThatIsAFile) {
  EXPECT_EQ(code_of(resolve({path("in/file/x"), {}})), Code::not_directory);
}

TEST_F(TargetsTest, ANameIsOneName) {
  EXPECT_EQ(code_of(resolve({path("in"), {"a/b"}})), Code::invalid_name);
  EXPECT_EQ(code_of(resolve({path("in"), {".."}})), Code::invalid_name);
}

TEST_F(TargetsTest, AReservedNameIsRefused) {
  EXPECT_EQ(code_of(resolve({path("in"), {".dftp-part-x"}})), Code::invalid_name);
}

TEST_F(TargetsTest, TheOnlySourceMustBeThere) {
  const auto checked = check_sources(*storage_, {.sources = {path("none")}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::not_found);
}

TEST_F(TargetsTest, OneMissingSourceOfSeveralIsLeftToTheTransfer) {
  EXPECT_TRUE(check_sources(*storage_, {.sources = {path("in/file"), path("none")}}));
}

TEST_F(TargetsTest, ADirectoryIsASourceOnlyRecursively) {
  Get request{.sources = {path("in")}};
  EXPECT_EQ(check_sources(*storage_, request).error().code, Code::is_directory);
  request.recursive = true;
  EXPECT_TRUE(check_sources(*storage_, request));
}

}  // namespace
}  // namespace dftp::server
