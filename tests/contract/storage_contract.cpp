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
