// What a file replaces: only the version that was meant, and with a copy of it kept.
#include "tests/unit/storage/on_disk.h"

namespace dftp {
namespace {

// Files that have a hidden name until they are published, and files that have none.
class PublishOnDisk : public OnDisk, public testing::WithParamInterface<bool> {
 protected:
  Result<Attributes> publish(std::string_view content, const Publish& how) {
    directory_ = storage().directory(at("/")).value();
    auto file = GetParam() ? directory_->make_file("f", "ada").value() : begin("f");
    EXPECT_TRUE(file->write_at(0, as_bytes(content)));
    return file->publish(how);
  }
  std::string version() { return version_of(storage().stat(at("f"), Links::keep).value()); }
  auto names() const { return std::distance(std::filesystem::directory_iterator(root), {}); }

 private:
  std::unique_ptr<Directory> directory_;
};

INSTANTIATE_TEST_SUITE_P(NamedOrNot, PublishOnDisk, testing::Bool());

TEST_P(PublishOnDisk, TakesTheNameOfTheVersionThatWasMeant) {
  ASSERT_TRUE(publish("one", {.if_version = std::string(no_version)}));
  const std::string first = version();
  const auto second = publish("second", {.if_version = first});
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(version_of(*second), version());
  EXPECT_EQ(read_file(root / "f"), "second");
  EXPECT_EQ(names(), 1);
}

TEST_P(PublishOnDisk, RefusesAnotherVersionAndNamesIt) {
  write_file(root / "f", "one");
  for (const std::string& wanted : {std::string(no_version), std::string("1-2-3-4")}) {
    const auto published = publish("second", {.if_version = wanted});
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().code, Code::changed);
    EXPECT_NE(published.error().detail.find(version()), std::string::npos);
  }
  EXPECT_EQ(read_file(root / "f"), "one");
  std::filesystem::remove(root / "f");
  EXPECT_EQ(publish("second", {.if_version = "1-2-3-4"}).error().code, Code::changed);
  EXPECT_FALSE(std::filesystem::exists(root / "f"));
}

TEST_P(PublishOnDisk, KeepsABackup) {
  ASSERT_TRUE(publish("one", {.backup = "~"}));
  EXPECT_EQ(names(), 1);
  ASSERT_TRUE(publish("two", {.backup = "~"}));
  EXPECT_EQ(read_file(root / "f~"), "one");
  ASSERT_TRUE(publish("three", {.backup = "~"}));
  EXPECT_EQ(read_file(root / "f~"), "two");
  EXPECT_EQ(read_file(root / "f"), "three");
  EXPECT_EQ(names(), 2);
}

TEST_P(PublishOnDisk, WhereNoBackupCanBeKeptNothingIsReplaced) {
  write_file(root / "f", "one");
  std::filesystem::create_directory(root / "f~");
  EXPECT_FALSE(publish("two", {.backup = "~"}));
  EXPECT_EQ(read_file(root / "f"), "one");
  if (!GetParam()) return;  // nothing is begun beside a directory
  std::filesystem::remove(root / "f");
  std::filesystem::create_directory(root / "f");
  EXPECT_EQ(publish("two", {.backup = "~"}).error().code, Code::is_directory);
}

}  // namespace
}  // namespace dftp
