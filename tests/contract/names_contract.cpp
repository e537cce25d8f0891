// What names lead to, how directories are listed, what moves and goes.
#include "tests/contract/storage_contract.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "proto/wire/limits.h"

namespace dftp {

TEST_P(StorageContract, RootIsAnEmptyDirectory) {
  EXPECT_EQ(storage.stat(at("/"), Links::keep).value().type, FileType::directory);
  EXPECT_EQ(names_in(storage, "/"), std::vector<std::string>{});
  EXPECT_EQ(outcome(storage.sync_directory(at("/"))), "ok");
}

TEST_P(StorageContract, RootStaysWhereItIs) {
  EXPECT_EQ(outcome(storage.remove_directory(at("/"))), "denied");
  EXPECT_EQ(outcome(storage.remove(at("/"))), "is_directory");
  EXPECT_EQ(outcome(storage.rename(at("/"), at("/a"), true)), "denied");
  EXPECT_EQ(outcome(storage.rename(at("/a"), at("/"), true)), "denied");
  EXPECT_EQ(outcome(storage.make_directory(at("/"), 0755)), "exists");
  EXPECT_EQ(outcome(storage.make_symlink("a", at("/"), true)), "is_directory");
  EXPECT_EQ(outcome(storage.open_partial(at("/"), "ada")), "is_directory");
  EXPECT_EQ(outcome(storage.read_link(at("/"))), "unsupported");
  EXPECT_EQ(outcome(storage.open(at("/"), Links::follow)), "is_directory");
}

TEST_P(StorageContract, WhatIsMissingIsNotFound) {
  EXPECT_EQ(outcome(storage.stat(at("no"), Links::follow)), "not_found");
  EXPECT_EQ(outcome(storage.stat(at("no"), Links::keep)), "not_found");
  EXPECT_EQ(outcome(storage.list(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.open(at("no"), Links::follow)), "not_found");
  EXPECT_EQ(outcome(storage.read_link(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.space(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.sync_directory(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.collect_partials(at("no"), {})), "not_found");
  EXPECT_EQ(outcome(storage.count_partials(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.remove(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.remove_directory(at("no"))), "not_found");
  EXPECT_EQ(outcome(storage.rename(at("no"), at("other"), true)), "not_found");
  EXPECT_EQ(outcome(storage.set_mode(at("no"), 0600)), "not_found");
  EXPECT_EQ(outcome(storage.set_mtime(at("no"), 1)), "not_found");
}

TEST_P(StorageContract, MissingParentIsNotFound) {
  ASSERT_TRUE(put(storage, "file", "x"));
  EXPECT_EQ(outcome(storage.open_partial(at("no/file"), "ada")), "not_found");
  EXPECT_EQ(outcome(storage.make_directory(at("no/directory"), 0755)), "not_found");
  EXPECT_EQ(outcome(storage.make_symlink("x", at("no/link"), false)), "not_found");
  EXPECT_EQ(outcome(storage.rename(at("file"), at("no/file"), true)), "not_found");
}

TEST_P(StorageContract, FileAsParentIsNoDirectory) {
  ASSERT_TRUE(put(storage, "file", "x"));
  EXPECT_EQ(outcome(storage.stat(at("file/a"), Links::keep)), "not_directory");
  EXPECT_EQ(outcome(storage.open(at("file/a"), Links::follow)), "not_directory");
  EXPECT_EQ(outcome(storage.open_partial(at("file/a"), "ada")), "not_directory");
  EXPECT_EQ(outcome(storage.make_directory(at("file/a"), 0755)), "not_directory");
  EXPECT_EQ(outcome(storage.remove(at("file/a"))), "not_directory");
  EXPECT_EQ(outcome(storage.list(at("file"))), "not_directory");
  EXPECT_EQ(outcome(storage.sync_directory(at("file"))), "not_directory");
}

TEST_P(StorageContract, ErrorsCarryThePath) {
  ASSERT_TRUE(storage.make_directory(at("a"), 0755));
  EXPECT_EQ(storage.stat(at("a/no"), Links::keep).error().where, "/a/no");
  EXPECT_EQ(storage.open_partial(at("no/deep/file"), "ada").error().where, "/no/deep/file");
  EXPECT_EQ(storage.rename(at("a/no"), at("a/b"), true).error().where, "/a/no");
  EXPECT_EQ(storage.stat(at("a/no"), Links::keep).error().errno_name, "ENOENT");
}

TEST_P(StorageContract, ReservedNamesAreInvalidEverywhere) {
  ASSERT_TRUE(put(storage, "file", "x"));
  for (const auto& path : {at(reserved_name()), at(reserved_name() + "/below")}) {
    EXPECT_EQ(outcome(storage.stat(path, Links::keep)), "invalid_name");
    EXPECT_EQ(outcome(storage.list(path)), "invalid_name");
    EXPECT_EQ(outcome(storage.open(path, Links::follow)), "invalid_name");
    EXPECT_EQ(outcome(storage.read_link(path)), "invalid_name");
    EXPECT_EQ(outcome(storage.space(path)), "invalid_name");
    EXPECT_EQ(outcome(storage.open_partial(path, "ada")), "invalid_name");
    EXPECT_EQ(outcome(storage.sync_directory(path)), "invalid_name");
    EXPECT_EQ(outcome(storage.collect_partials(path, {})), "invalid_name");
    EXPECT_EQ(outcome(storage.make_directory(path, 0755)), "invalid_name");
    EXPECT_EQ(outcome(storage.remove_directory(path)), "invalid_name");
    EXPECT_EQ(outcome(storage.remove(path)), "invalid_name");
    EXPECT_EQ(outcome(storage.rename(path, at("other"), true)), "invalid_name");
    EXPECT_EQ(outcome(storage.rename(at("file"), path, true)), "invalid_name");
    EXPECT_EQ(outcome(storage.make_symlink("x", path, true)), "invalid_name");
    EXPECT_EQ(outcome(storage.set_mode(path, 0600)), "invalid_name");
    EXPECT_EQ(outcome(storage.set_mtime(path, 1)), "invalid_name");
  }
}

TEST_P(StorageContract, NamesAreBytes) {
  const std::vector<std::string> names = {"\x01\n\t", " blank ", std::string(255, 'n'), "\xe4\xb8\xad\xe6\x96\x87",
                                          "\xff\xfe"};
  for (const auto& name : names) ASSERT_TRUE(put(storage, name, name)) << printable(name);
  EXPECT_EQ(names_in(storage, "/"), names);
  for (const auto& name : names) EXPECT_EQ(content_of(storage, name), name);
}

TEST_P(StorageContract, LongestPathIsOneLikeAnyOther) {
  const std::string name(limits::name_bytes, 'n');
  RemotePath path = at(name);
  for (; path.absolute().size() + 1 + name.size() < limits::path_bytes; path = path.child(name).value()) {
    ASSERT_EQ(outcome(storage.make_directory(path, 0755)), "ok");
  }
  ASSERT_EQ(outcome(storage.make_directory(path, 0755)), "ok");
  path = path.child(name).value();
  EXPECT_EQ(path.absolute().size(), limits::path_bytes);
  EXPECT_EQ(outcome(put(storage, path.absolute(), "deep")), "ok");
  EXPECT_EQ(content_of(storage, path.absolute()), "deep");
  EXPECT_EQ(outcome(storage.remove(path)), "ok");
}

TEST_P(StorageContract, ListingTellsTypesAndAttributes) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/file", "12345"));
  ASSERT_TRUE(storage.make_directory(at("d/directory"), 0755));
  ASSERT_TRUE(storage.make_symlink("file", at("d/link"), false));
  auto listing = storage.list(at("d")).value();
  std::size_t count = 0;
  for (; auto entry = listing->next().value(); ++count) {
    const auto path = at("d").child(entry->name).value();
    const auto known = listing->attributes(entry->name).value();
    EXPECT_EQ(entry->type, storage.stat(path, Links::keep).value().type) << entry->name;
    EXPECT_EQ(version_of(known), version_of(storage.stat(path, Links::keep).value())) << entry->name;
    EXPECT_EQ(name_of(entry->type), entry->name == "link" ? "symlink" : entry->name);
  }
  EXPECT_EQ(count, 3u);
  EXPECT_FALSE(listing->next().value()) << "the end stays the end";
}

TEST_P(StorageContract, ListingKnowsNothingButItsOwnEntries) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/file", "x"));
  const auto partial = begin("other");
  auto listing = storage.list(at("/")).value();
  for (const char* name : {"", ".", "..", "d/file", "/d"}) {
    EXPECT_EQ(outcome(listing->attributes(name)), "invalid_name") << name;
  }
  EXPECT_EQ(outcome(listing->attributes(reserved_name())), "invalid_name");
  EXPECT_EQ(outcome(listing->attributes("no")), "not_found");
}

TEST_P(StorageContract, ListingOpensItsFiles) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/file", "12345"));
  ASSERT_TRUE(storage.make_directory(at("d/directory"), 0755));
  ASSERT_TRUE(storage.make_symlink("file", at("d/link"), false));
  auto listing = storage.list(at("d")).value();
  auto opened = listing->open("file").value();
  EXPECT_EQ(content_of(*opened.file), "12345");
  EXPECT_EQ(version_of(opened.attributes), version_of(storage.stat(at("d/file"), Links::keep).value()));
  EXPECT_EQ(outcome(listing->open("directory")), "is_directory");
  EXPECT_EQ(outcome(listing->open("link")), "unsupported");
  EXPECT_EQ(outcome(listing->open("no")), "not_found");
  EXPECT_EQ(outcome(listing->open("../d/file")), "invalid_name");
  EXPECT_EQ(outcome(listing->open(reserved_name())), "invalid_name");
}

TEST_P(StorageContract, DirectoryGetsItsModeWhateverTheUmask) {
  const mode_t before = ::umask(077);
  EXPECT_TRUE(storage.make_directory(at("open"), 07777));
  EXPECT_TRUE(storage.make_directory(at("closed"), 0700));
  ::umask(before);
  EXPECT_EQ(storage.stat(at("open"), Links::keep).value().mode, 0777u);
  EXPECT_EQ(storage.stat(at("closed"), Links::keep).value().mode, 0700u);
  EXPECT_EQ(outcome(storage.make_directory(at("open"), 0755)), "exists");
  ASSERT_TRUE(put(storage, "file", "x"));
  EXPECT_EQ(outcome(storage.make_directory(at("file"), 0755)), "exists");
}

TEST_P(StorageContract, OnlyEmptyDirectoriesAreRemoved) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/file", "x"));
  EXPECT_EQ(outcome(storage.remove_directory(at("d"))), "not_empty");
  EXPECT_EQ(outcome(storage.remove_directory(at("d/file"))), "not_directory");
  EXPECT_EQ(outcome(storage.remove(at("d"))), "is_directory");
  EXPECT_EQ(outcome(storage.remove(at("d/file"))), "ok");
  EXPECT_EQ(outcome(storage.remove_directory(at("d"))), "ok");
  EXPECT_EQ(outcome(storage.stat(at("d"), Links::keep)), "not_found");
}

TEST_P(StorageContract, DirectoryGoesWithThePartialsThatNobodyHolds) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  auto partial = begin("d/file");
  ASSERT_TRUE(partial->write_at(0, as_bytes("half")));
  EXPECT_EQ(outcome(storage.remove_directory(at("d"))), "not_empty");
  partial.reset();
  EXPECT_EQ(outcome(storage.remove_directory(at("d"))), "ok");
}

TEST_P(StorageContract, PartialsSurviveARefusedRemoval) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "d/visible", "x"));
  ASSERT_TRUE(begin("d/file")->write_at(0, as_bytes("half")));
  EXPECT_EQ(outcome(storage.remove_directory(at("d"))), "not_empty");
  EXPECT_TRUE(storage.open_partial(at("d/file"), "ada").value().existed);
}

TEST_P(StorageContract, RenameMoves) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(put(storage, "a", "x"));
  EXPECT_EQ(outcome(storage.rename(at("a"), at("d/b"), false)), "ok");
  EXPECT_EQ(outcome(storage.stat(at("a"), Links::keep)), "not_found");
  EXPECT_EQ(content_of(storage, "d/b"), "x");
  EXPECT_EQ(outcome(storage.rename(at("d"), at("e"), false)), "ok");
  EXPECT_EQ(content_of(storage, "e/b"), "x");
}

TEST_P(StorageContract, RenameReplacesOnlyWhenAsked) {
  ASSERT_TRUE(put(storage, "a", "new"));
  ASSERT_TRUE(put(storage, "b", "old"));
  EXPECT_EQ(outcome(storage.rename(at("a"), at("b"), false)), "exists");
  EXPECT_EQ(content_of(storage, "b"), "old");
  EXPECT_EQ(outcome(storage.rename(at("a"), at("b"), true)), "ok");
  EXPECT_EQ(content_of(storage, "b"), "new");
  EXPECT_EQ(names_in(storage, "/"), std::vector<std::string>{"b"});
  EXPECT_EQ(outcome(storage.rename(at("b"), at("b"), true)), "ok");
  EXPECT_EQ(outcome(storage.rename(at("b"), at("b"), false)), "exists");
}

TEST_P(StorageContract, RenameKeepsDirectoriesAndFilesApart) {
  ASSERT_TRUE(put(storage, "file", "x"));
  for (const char* name : {"d", "empty", "full"}) ASSERT_TRUE(storage.make_directory(at(name), 0755));
  ASSERT_TRUE(put(storage, "full/file", "x"));
  EXPECT_EQ(outcome(storage.rename(at("d"), at("file"), true)), "not_directory");
  EXPECT_EQ(outcome(storage.rename(at("file"), at("d"), true)), "is_directory");
  EXPECT_EQ(outcome(storage.rename(at("d"), at("full"), true)), "not_empty");
  EXPECT_EQ(outcome(storage.rename(at("d"), at("empty"), false)), "exists");
  EXPECT_EQ(outcome(storage.rename(at("d"), at("empty"), true)), "ok");
  EXPECT_EQ(outcome(storage.rename(at("full"), at("full/inside"), true)), "invalid_request");
  EXPECT_EQ(names_in(storage, "/"), (std::vector<std::string>{"empty", "file", "full"}));
}

}  // namespace dftp
