// Symbolic links: followed where it is said, and never out of the root.
#include "tests/contract/storage_contract.h"

#include <algorithm>
#include <array>

#include "proto/wire/limits.h"

namespace dftp {

TEST_P(StorageContract, LinksAreFollowedOnlyWhereSaid) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/file", "12345"));
  ASSERT_TRUE(storage.make_symlink("d", at("to-directory"), false));
  ASSERT_TRUE(storage.make_symlink("../d/./file", at("d/to-file"), false));
  EXPECT_EQ(storage.read_link(at("d/to-file")).value(), "../d/./file");
  EXPECT_EQ(storage.stat(at("d/to-file"), Links::keep).value().type, FileType::symlink);
  EXPECT_EQ(storage.stat(at("d/to-file"), Links::follow).value().size, 5u);
  EXPECT_EQ(storage.stat(at("to-directory/to-file"), Links::keep).value().type, FileType::symlink);
  EXPECT_EQ(content_of(storage, "to-directory/to-file"), "12345");
  EXPECT_EQ(names_in(storage, "to-directory"), (std::vector<std::string>{"file", "to-file"}));
  EXPECT_EQ(outcome(storage.open(at("d/to-file"), Links::keep)), "unsupported");
  EXPECT_EQ(outcome(storage.read_link(at("d/file"))), "unsupported");
  EXPECT_EQ(outcome(storage.remove_directory(at("to-directory"))), "not_directory");
  EXPECT_EQ(outcome(storage.remove(at("to-directory"))), "ok");
  EXPECT_EQ(content_of(storage, "d/file"), "12345");
}

TEST_P(StorageContract, LinksThatLeaveTheRootAreNotFollowed) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  for (const char* target : {"/etc", "/", "..", "../..", "d/../..", "d/../../etc"}) {
    ASSERT_TRUE(storage.make_symlink(target, at("out"), true)) << target;
    EXPECT_EQ(storage.read_link(at("out")).value(), target);
    EXPECT_EQ(outcome(storage.stat(at("out"), Links::keep)), "ok");
    EXPECT_EQ(outcome(storage.stat(at("out"), Links::follow)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.list(at("out"))), "outside_root") << target;
    EXPECT_EQ(outcome(storage.space(at("out"))), "outside_root") << target;
    EXPECT_EQ(outcome(storage.open(at("out/passwd"), Links::follow)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.stat(at("out/passwd"), Links::keep)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.open_partial(at("out/file"), "ada")), "outside_root") << target;
    EXPECT_EQ(outcome(storage.make_directory(at("out/d"), 0755)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.remove(at("out/file"))), "outside_root") << target;
    EXPECT_EQ(outcome(storage.remove_directory(at("out/d"))), "outside_root") << target;
    EXPECT_EQ(outcome(storage.rename(at("d"), at("out/d"), true)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.rename(at("out/d"), at("e"), true)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.make_symlink("x", at("out/link"), true)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.set_mode(at("out/file"), 0777)), "outside_root") << target;
    EXPECT_EQ(outcome(storage.set_mtime(at("out/file"), 1)), "outside_root") << target;
  }
}

TEST_P(StorageContract, LinksToNowhereAreNotFound) {
  ASSERT_TRUE(storage.make_symlink("nowhere", at("dangling"), false));
  ASSERT_TRUE(storage.make_symlink("circle", at("circle"), false));
  for (const char* name : {"dangling", "circle"}) {
    EXPECT_EQ(outcome(storage.stat(at(name), Links::follow)), "not_found") << name;
    EXPECT_EQ(outcome(storage.open(at(name), Links::follow)), "not_found") << name;
    EXPECT_EQ(outcome(storage.stat(at(name), Links::keep)), "ok") << name;
    EXPECT_EQ(outcome(storage.remove(at(name))), "ok") << name;
  }
}

TEST_P(StorageContract, SymlinkReplacesFilesAndLinksOnlyWhenAsked) {
  ASSERT_TRUE(put(storage, "file", "x"));
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  EXPECT_EQ(outcome(storage.make_symlink("one", at("file"), false)), "exists");
  EXPECT_EQ(content_of(storage, "file"), "x");
  EXPECT_EQ(outcome(storage.make_symlink("one", at("file"), true)), "ok");
  EXPECT_EQ(outcome(storage.make_symlink("two", at("file"), true)), "ok");
  EXPECT_EQ(storage.read_link(at("file")).value(), "two");
  EXPECT_EQ(outcome(storage.make_symlink("one", at("d"), true)), "is_directory");
  EXPECT_EQ(names_in(storage, "/"), (std::vector<std::string>{"d", "file"}));
  EXPECT_EQ(storage.collect_partials(at("/"), {}).value(), 0u) << "nothing is left of a refused replacement";
}

TEST_P(StorageContract, LinkTextsAreCheckedAndKeptAsTheyAre) {
  for (const std::string& text : {std::string("\xff/\x01"), std::string("a//b/"), std::string(3000, 'x')}) {
    ASSERT_TRUE(storage.make_symlink(text, at("link"), true));
    EXPECT_EQ(storage.read_link(at("link")).value(), text);
    EXPECT_EQ(storage.stat(at("link"), Links::keep).value().size, text.size());
  }
  EXPECT_EQ(outcome(storage.make_symlink("", at("new"), false)), "invalid_name");
  EXPECT_EQ(outcome(storage.make_symlink(std::string_view("a\0b", 3), at("new"), false)), "invalid_name");
  EXPECT_EQ(outcome(storage.make_symlink(reserved_name(), at("new"), false)), "invalid_name");
  EXPECT_EQ(outcome(storage.make_symlink("../d/" + reserved_name(), at("new"), false)), "invalid_name");
  EXPECT_EQ(outcome(storage.make_symlink(std::string(5000, 'x'), at("new"), false)), "name_too_long");
}

}  // namespace dftp
