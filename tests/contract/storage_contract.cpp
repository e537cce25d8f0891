#include "tests/contract/storage_contract.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <thread>

#include "proto/wire/limits.h"

namespace dftp {

RemotePath at(std::string_view text) {
  auto path = RemotePath::parse(text);
  if (!path) throw std::invalid_argument(std::string(text));
  return *path;
}

Result<Attributes> put(Storage& storage, std::string_view path, std::string_view content, const Publish& how) {
  auto partial = storage.open_partial(at(path), "helper");
  if (!partial) return std::unexpected(partial.error());
  if (auto emptied = partial->file->truncate(0); !emptied) return std::unexpected(emptied.error());
  if (auto written = partial->file->write_at(0, as_bytes(content)); !written) return std::unexpected(written.error());
  return partial->file->publish(how);
}

std::string content_of(ReadFile& file) {
  std::string text(file.attributes().value().size + 10, '?');
  const auto got = file.read_at(0, std::as_writable_bytes(std::span(text)));
  text.resize(got.value());
  return text;
}

std::string content_of(Storage& storage, std::string_view path) {
  auto file = storage.open(at(path), Links::follow);
  return file ? content_of(**file) : "cannot be opened: " + describe(file.error());
}

std::vector<std::string> names_in(Storage& storage, std::string_view path) {
  std::vector<std::string> names;
  auto listing = storage.list(at(path)).value();
  while (auto entry = listing->next().value()) names.push_back(entry->name);
  std::ranges::sort(names);
  return names;
}

std::string reserved_name() {
  return std::string(partial_prefix) + "00112233";
}

std::unique_ptr<PartialFile> StorageContract::begin(std::string_view path, std::string_view owner) {
  return std::move(storage.open_partial(at(path), owner).value().file);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StorageContract);

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

TEST_P(StorageContract, ModesAreSetOnFilesAndDirectories) {
  ASSERT_TRUE(put(storage, "file", "x"));
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(storage.make_symlink("file", at("link"), false));
  EXPECT_EQ(outcome(storage.set_mode(at("file"), 0711)), "ok");
  EXPECT_EQ(outcome(storage.set_mode(at("d"), 0700)), "ok");
  EXPECT_EQ(outcome(storage.set_mode(at("link"), 0600)), "unsupported");
  EXPECT_EQ(storage.stat(at("file"), Links::keep).value().mode, 0711u);
  EXPECT_EQ(storage.stat(at("d"), Links::keep).value().mode, 0700u);
  EXPECT_EQ(outcome(storage.set_mode(at("/"), 0711)), "ok");
  EXPECT_EQ(storage.stat(at("/"), Links::keep).value().mode, 0711u);
}

TEST_P(StorageContract, SetIdBitsAreNotSet) {
  ASSERT_TRUE(put(storage, "file", "x"));
  ASSERT_TRUE(storage.make_directory(at("d"), 0700));
  EXPECT_EQ(outcome(storage.set_mode(at("file"), 06755)), "ok");
  EXPECT_EQ(outcome(storage.set_mode(at("d"), 07755)), "ok");
  EXPECT_EQ(storage.stat(at("file"), Links::keep).value().mode, 0755u);
  EXPECT_EQ(storage.stat(at("d"), Links::keep).value().mode, 0755u);
}

TEST_P(StorageContract, TimesAreSetOnTheNameItself) {
  ASSERT_TRUE(put(storage, "file", "x", {.mtime_ns = 5}));
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(storage.make_symlink("file", at("link"), false));
  const std::int64_t moments[] = {1'700'000'000'123'456'789, 0, -1, -1'500'000'000};
  for (const std::int64_t moment : moments) {
    for (const char* name : {"d", "link", "/"}) {
      EXPECT_EQ(outcome(storage.set_mtime(at(name), moment)), "ok") << name;
      EXPECT_EQ(storage.stat(at(name), Links::keep).value().mtime_ns, moment) << name;
    }
  }
  EXPECT_EQ(storage.stat(at("file"), Links::keep).value().mtime_ns, 5) << "a link was followed";
}

TEST_P(StorageContract, ReadsStopAtTheEnd) {
  ASSERT_TRUE(put(storage, "file", "0123456789"));
  ASSERT_TRUE(put(storage, "empty", ""));
  auto file = storage.open(at("file"), Links::follow).value();
  std::array<std::byte, 6> out;
  EXPECT_EQ(file->read_at(0, out).value(), 6u);
  EXPECT_EQ(as_text(out), "012345");
  EXPECT_EQ(file->read_at(7, out).value(), 3u);
  EXPECT_EQ(as_text(Bytes(out).first(3)), "789");
  EXPECT_EQ(file->read_at(10, out).value(), 0u);
  EXPECT_EQ(file->read_at(limits::file_bytes, out).value(), 0u);
  EXPECT_EQ(file->read_at(UINT64_MAX, out).value(), 0u);
  EXPECT_EQ(file->read_at(0, {}).value(), 0u);
  EXPECT_EQ(content_of(storage, "empty"), "");
}

TEST_P(StorageContract, WhatIsReadFromMemoryIsTheFilesContent) {
  ASSERT_TRUE(put(storage, "file", "0123456789"));
  auto file = storage.open(at("file"), Links::follow).value();
  const std::string content = content_of(*file);
  for (const std::uint64_t offset : {0u, 4u, 9u}) {
    std::array<std::byte, 6> out;
    const auto count = file->read_cached(offset, out);
    EXPECT_EQ(as_text(Bytes(out).first(count)), content.substr(offset, count)) << offset;
  }
  std::array<std::byte, 6> out;
  EXPECT_EQ(file->read_cached(10, out), 0u);
  EXPECT_EQ(file->read_cached(limits::file_bytes, out), 0u);
  EXPECT_EQ(file->read_cached(UINT64_MAX, out), 0u);
}

TEST_P(StorageContract, OpenFileOutlivesItsName) {
  ASSERT_TRUE(put(storage, "file", "old"));
  auto file = storage.open(at("file"), Links::follow).value();
  ASSERT_TRUE(put(storage, "file", "new content"));
  EXPECT_EQ(content_of(*file), "old");
  ASSERT_TRUE(storage.remove(at("file")));
  EXPECT_EQ(content_of(*file), "old");
}

TEST_P(StorageContract, VersionChangesWithTheFile) {
  const auto version = [&] { return version_of(storage.stat(at("file"), Links::keep).value()); };
  ASSERT_TRUE(put(storage, "file", "one", {.mtime_ns = 1}));
  const auto first = version();
  EXPECT_EQ(version(), first);
  ASSERT_TRUE(put(storage, "file", "two", {.mtime_ns = 1}));
  EXPECT_NE(version(), first);
}

TEST_P(StorageContract, SpaceIsPlausible) {
  const Space space = storage.space(at("/")).value();
  EXPECT_GT(space.total, 0u);
  EXPECT_LE(space.free, space.total);
  EXPECT_LE(space.available, space.free);
}

TEST_P(StorageContract, ManyThreadsShareOneStorage) {
  const auto work = [&](int number) {
    const std::string directory = "d" + std::to_string(number);
    ASSERT_TRUE(storage.make_directory(at(directory), 0755));
    for (int i = 0; i < 50; ++i) {
      const std::string name = directory + "/" + std::to_string(i);
      ASSERT_TRUE(put(storage, name, name));
      ASSERT_EQ(content_of(storage, name), name);
    }
    ASSERT_EQ(names_in(storage, directory).size(), 50u);
  };
  std::vector<std::jthread> threads;
  for (int number = 0; number < 4; ++number) threads.emplace_back(work, number);
  threads.clear();
  EXPECT_EQ(names_in(storage, "/").size(), 4u);
}

}  // namespace dftp
