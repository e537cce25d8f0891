// The part of the Storage contract that is about a directory held open.
#include "tests/contract/storage_contract.h"

namespace dftp {
namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_P(StorageContract, HeldDirectoryKnowsItsNames) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/file", "12345"));
  ASSERT_TRUE(storage.make_symlink("file", at("d/link"), false));
  auto held = storage.directory(at("d")).value();
  EXPECT_EQ(held->stat("file").value().size, 5u);
  EXPECT_EQ(held->stat("link").value().type, FileType::symlink);
  EXPECT_EQ(held->stat("").value().type, FileType::directory);
  EXPECT_EQ(outcome(held->stat("no")), "not_found");
}

TEST_P(StorageContract, HeldDirectoryTakesNoPathsAndNoReservedNames) {
  ASSERT_TRUE(put(storage, "file", "x"));
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  auto held = storage.directory(at("d")).value();
  for (const std::string& name : std::vector<std::string>{"../file", ".", "..", "/file", "a/b", reserved_name()}) {
    EXPECT_EQ(outcome(held->stat(name)), "invalid_name") << name;
    EXPECT_EQ(outcome(held->make_file(name, "ada")), "invalid_name") << name;
  }
}

TEST_P(StorageContract, DirectoryThatIsNotThereIsAnError) {
  ASSERT_TRUE(put(storage, "file", "x"));
  for (const auto& [path, code] : {std::pair("no", "not_found"), std::pair("file", "not_directory")}) {
    auto held = storage.directory(at(path));
    EXPECT_EQ(held ? outcome((*held)->make_file("new", "ada")) : outcome(held), code) << path;
  }
}

TEST_P(StorageContract, MadeFileIsInvisibleUntilPublished) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  auto held = storage.directory(at("d")).value();
  auto file = held->make_file("file", "ada").value();
  ASSERT_TRUE(file->write_at(0, as_bytes("content")));
  EXPECT_EQ(names_in(storage, "d"), Names{});
  ASSERT_TRUE(file->prepare({.mode = 0604, .mtime_ns = -7}));
  ASSERT_TRUE(file->flush());
  const auto published = file->publish({.mode = 0604, .mtime_ns = -7}).value();
  EXPECT_EQ(names_in(storage, "d"), Names{"file"});
  EXPECT_EQ(content_of(storage, "d/file"), "content");
  EXPECT_EQ(version_of(published), version_of(storage.stat(at("d/file"), Links::keep).value()));
  EXPECT_EQ(published.mode, 0604u);
}

TEST_P(StorageContract, MadeFileIsAlwaysEmpty) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("of an earlier attempt")));
  ASSERT_TRUE(put(storage, "taken", "of the target"));
  auto held = storage.directory(at("/")).value();
  for (const char* name : {"file", "taken"})
    EXPECT_EQ(held->make_file(name, "ada").value()->attributes().value().size, 0u) << name;
}

TEST_P(StorageContract, MadeFileReplacesFilesAndLinksOnly) {
  ASSERT_TRUE(put(storage, "file", "old"));
  ASSERT_TRUE(storage.make_symlink("file", at("link"), false));
  ASSERT_TRUE(storage.make_directory(at("directory"), 0755));
  auto held = storage.directory(at("/")).value();
  const auto publish = [&](const char* name, bool replace) -> std::string {
    auto file = held->make_file(name, "ada");
    if (!file) return outcome(file);
    EXPECT_TRUE((*file)->write_at(0, as_bytes("new")));
    return outcome((*file)->publish({.replace = replace}));
  };
  EXPECT_EQ(publish("file", false), "exists");
  EXPECT_EQ(publish("directory", true), "is_directory");
  EXPECT_EQ(content_of(storage, "file"), "old");
  EXPECT_EQ(publish("link", true), "ok");
  EXPECT_EQ(content_of(storage, "file"), "old") << "the link is replaced, and not what it leads to";
  EXPECT_EQ(publish("file", true), "ok");
  EXPECT_EQ(content_of(storage, "file"), "new");
  EXPECT_EQ(storage.stat(at("link"), Links::keep).value().type, FileType::file);
  EXPECT_EQ(names_in(storage, "/"), (Names{"directory", "file", "link"}));
}

TEST_P(StorageContract, RefusedNameCanBeTakenAfterwards) {
  ASSERT_TRUE(put(storage, "file", "old"));
  auto held = storage.directory(at("/")).value();
  auto file = held->make_file("file", "ada").value();
  ASSERT_TRUE(file->write_at(0, as_bytes("new")));
  EXPECT_EQ(outcome(file->publish({.mode = 0640, .replace = false})), "exists");
  ASSERT_TRUE(storage.remove(at("file")));
  EXPECT_EQ(file->publish({.mode = 0640, .replace = false}).value().mode, 0640u);
  EXPECT_EQ(content_of(storage, "file"), "new");
}

TEST_P(StorageContract, DiscardedFileIsGone) {
  auto held = storage.directory(at("/")).value();
  auto file = held->make_file("file", "ada").value();
  ASSERT_TRUE(file->write_at(0, as_bytes("content")));
  EXPECT_EQ(outcome(file->discard()), "ok");
  EXPECT_EQ(names_in(storage, "/"), Names{});
  EXPECT_FALSE(storage.open_partial(at("file"), "ada").value().existed);
}

}  // namespace dftp
