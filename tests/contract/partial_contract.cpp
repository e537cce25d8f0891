// The part of the Storage contract that is about uploads.
#include <thread>

#include "proto/wire/limits.h"
#include "tests/contract/storage_contract.h"

namespace dftp {
namespace {

using Names = std::vector<std::string>;

constexpr std::uint64_t megabyte = 1024 * 1024;

// The extents of a file as text: "data 4096, hole 8192".
std::string extents_of(ReadFile& file) {
  std::string text;
  const std::uint64_t size = file.attributes().value().size;
  for (std::uint64_t offset = 0; offset < size;) {
    const Extent extent = file.extent_at(offset).value();
    if (extent.length == 0 || extent.offset != offset) return text + " broken at " + std::to_string(offset);
    text += (text.empty() ? "" : ", ") + std::string(extent.hole ? "hole " : "data ") + std::to_string(extent.length);
    offset += extent.length;
  }
  return text;
}

// One megabyte of data at the beginning of the second and of the fourth.
void write_islands(PartialFile& file) {
  const std::string island(megabyte, 'i');
  ASSERT_TRUE(file.write_at(megabyte, as_bytes(island)));
  ASSERT_TRUE(file.write_at(3 * megabyte, as_bytes(island)));
  ASSERT_TRUE(file.truncate(5 * megabyte));
}

constexpr const char* islands = "hole 1048576, data 1048576, hole 1048576, data 1048576, hole 1048576";

}  // namespace

TEST_P(StorageContract, UploadIsInvisibleUntilPublished) {
  auto partial = begin("file");
  ASSERT_TRUE(partial->write_at(0, as_bytes("content")));
  EXPECT_EQ(names_in(storage, "/"), Names{});
  EXPECT_EQ(outcome(storage.stat(at("file"), Links::keep)), "not_found");
  ASSERT_TRUE(partial->publish({}));
  EXPECT_EQ(names_in(storage, "/"), Names{"file"});
  EXPECT_EQ(content_of(storage, "file"), "content");
  EXPECT_EQ(outcome(storage.sync_directory(at("/"))), "ok");
}

TEST_P(StorageContract, PublishSetsModeAndTime) {
  const auto published = put(storage, "file", "12345", {.mode = 0604, .mtime_ns = -7});
  ASSERT_TRUE(published);
  EXPECT_EQ(published->mode, 0604u);
  EXPECT_EQ(published->mtime_ns, -7);
  EXPECT_EQ(published->size, 5u);
  EXPECT_EQ(version_of(*published), version_of(storage.stat(at("file"), Links::keep).value()));
}

TEST_P(StorageContract, NobodyUploadsASetIdProgram) {
  EXPECT_EQ(put(storage, "file", "x", {.mode = 06755}).value().mode, 0755u);
}

TEST_P(StorageContract, EmptyFileIsPublished) {
  ASSERT_TRUE(begin("file")->publish({}));
  EXPECT_EQ(content_of(storage, "file"), "");
}

TEST_P(StorageContract, InterruptedUploadIsFoundAgain) {
  ASSERT_TRUE(begin("file")->write_at(3, as_bytes("456")));
  auto again = storage.open_partial(at("file"), "ada").value();
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(content_of(*again.file), std::string("\0\0\0"
                                                 "456",
                                                 6));
  ASSERT_TRUE(again.file->write_at(0, as_bytes("123")));
  ASSERT_TRUE(again.file->publish({}));
  EXPECT_EQ(content_of(storage, "file"), "123456");
  EXPECT_FALSE(storage.open_partial(at("file"), "ada").value().existed) << "what is published is not resumed";
}

TEST_P(StorageContract, UploadsAreToldApartByOwnerAndTarget) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("ada's")));
  EXPECT_FALSE(storage.open_partial(at("file"), "bob").value().existed);
  EXPECT_FALSE(storage.open_partial(at("other"), "ada").value().existed);
  EXPECT_FALSE(storage.open_partial(at("e"), "adafil").value().existed);
  EXPECT_TRUE(storage.open_partial(at("file"), "ada").value().existed);
}

TEST_P(StorageContract, UploadIsFoundWhenItsDirectoryWasRenamed) {
  ASSERT_TRUE(storage.make_directory(at("d"), 0755));
  ASSERT_TRUE(begin("d/file")->write_at(0, as_bytes("half")));
  ASSERT_TRUE(storage.rename(at("d"), at("e"), false));
  EXPECT_TRUE(storage.open_partial(at("e/file"), "ada").value().existed);
}

TEST_P(StorageContract, HeldUploadIsBusy) {
  auto held = begin("file");
  EXPECT_EQ(outcome(storage.open_partial(at("file"), "ada")), "busy");
  held.reset();
  EXPECT_EQ(outcome(storage.open_partial(at("file"), "ada")), "ok");
}

TEST_P(StorageContract, LastPublishedWins) {
  auto ada = begin("file", "ada"), bob = begin("file", "bob");
  ASSERT_TRUE(ada->write_at(0, as_bytes("ada's")));
  ASSERT_TRUE(bob->write_at(0, as_bytes("bob's")));
  ASSERT_TRUE(bob->publish({}));
  EXPECT_EQ(content_of(storage, "file"), "bob's");
  ASSERT_TRUE(ada->publish({}));
  EXPECT_EQ(content_of(storage, "file"), "ada's");
}

TEST_P(StorageContract, PublishWithoutReplaceKeepsBoth) {
  ASSERT_TRUE(put(storage, "file", "old"));
  auto partial = begin("file");
  ASSERT_TRUE(partial->write_at(0, as_bytes("new")));
  EXPECT_EQ(outcome(partial->publish({.replace = false})), "exists");
  EXPECT_EQ(content_of(storage, "file"), "old");
  EXPECT_EQ(partial->attributes().value().mode, 0600u) << "a partial is nobody else's again";
  partial.reset();
  auto again = storage.open_partial(at("file"), "ada").value();
  EXPECT_TRUE(again.existed);
  EXPECT_EQ(outcome(again.file->publish({.mode = 0640, .replace = true})), "ok");
  EXPECT_EQ(content_of(storage, "file"), "new");
  EXPECT_EQ(storage.stat(at("file"), Links::keep).value().mode, 0640u);
}

TEST_P(StorageContract, PublishWithoutReplaceTakesAFreeName) {
  EXPECT_EQ(outcome(put(storage, "file", "new", {.replace = false})), "ok");
  EXPECT_EQ(content_of(storage, "file"), "new");
}

TEST_P(StorageContract, DirectoryIsNoTarget) {
  auto partial = begin("name");
  ASSERT_TRUE(partial->write_at(0, as_bytes("content")));
  ASSERT_TRUE(storage.make_directory(at("name"), 0755));
  EXPECT_EQ(outcome(storage.open_partial(at("name"), "bob")), "is_directory");
  EXPECT_EQ(outcome(partial->publish({})), "is_directory");
  ASSERT_TRUE(storage.remove_directory(at("name")));
  EXPECT_EQ(outcome(partial->publish({})), "ok");
}

TEST_P(StorageContract, PublishReplacesTheLinkAndNotWhatItLeadsTo) {
  ASSERT_TRUE(put(storage, "file", "old"));
  ASSERT_TRUE(storage.make_symlink("file", at("link"), false));
  ASSERT_TRUE(storage.make_symlink("/etc/passwd", at("out"), false));
  EXPECT_EQ(outcome(put(storage, "link", "new")), "ok");
  EXPECT_EQ(outcome(put(storage, "out", "new")), "ok");
  EXPECT_EQ(storage.stat(at("link"), Links::keep).value().type, FileType::file);
  EXPECT_EQ(content_of(storage, "out"), "new");
  EXPECT_EQ(content_of(storage, "file"), "old");
}

TEST_P(StorageContract, ManyArePreparedFlushedAndPublishedTogether) {
  std::vector<std::unique_ptr<PartialFile>> files;
  const Publish how{.mode = 0440, .mtime_ns = 77};
  for (const char* name : {"a", "b", "c"}) {
    files.push_back(begin(name));
    ASSERT_TRUE(files.back()->write_at(0, as_bytes(name)));
  }
  for (auto& file : files) EXPECT_EQ(outcome(file->prepare(how)), "ok");
  for (auto& file : files) EXPECT_EQ(outcome(file->flush()), "ok");
  EXPECT_EQ(names_in(storage, "/"), Names{});
  for (auto& file : files) EXPECT_EQ(file->publish(how).value().mtime_ns, 77);
  EXPECT_EQ(names_in(storage, "/"), (Names{"a", "b", "c"}));
  EXPECT_EQ(storage.stat(at("b"), Links::keep).value().mode, 0440u);
}

TEST_P(StorageContract, WhatIsWrittenAfterPreparingIsPublishedToo) {
  auto file = begin("file");
  const Publish how{.mode = 0600, .mtime_ns = 77};
  ASSERT_TRUE(file->prepare(how));
  ASSERT_TRUE(file->flush());
  ASSERT_TRUE(file->write_at(0, as_bytes("late")));
  EXPECT_EQ(file->publish(how).value().mtime_ns, 77);
  EXPECT_EQ(content_of(storage, "file"), "late");
}

TEST_P(StorageContract, WhatIsPublishedCounts) {
  auto file = begin("file");
  ASSERT_TRUE(file->prepare({.mode = 0600, .mtime_ns = 1}));
  const auto published = file->publish({.mode = 0640, .mtime_ns = 2}).value();
  EXPECT_EQ(published.mode, 0640u);
  EXPECT_EQ(published.mtime_ns, 2);
}

TEST_P(StorageContract, PublishedObjectIsSpent) {
  auto file = begin("file");
  ASSERT_TRUE(file->write_at(0, as_bytes("whole")));
  ASSERT_TRUE(file->publish({}));
  EXPECT_EQ(outcome(file->write_at(0, as_bytes("WRONG"))), "io");
  EXPECT_EQ(outcome(file->truncate(0)), "io");
  EXPECT_EQ(outcome(file->publish({})), "io");
  EXPECT_EQ(outcome(file->discard()), "io");
  EXPECT_EQ(content_of(storage, "file"), "whole");
}

TEST_P(StorageContract, DiscardLeavesNothing) {
  auto file = begin("file");
  ASSERT_TRUE(file->write_at(0, as_bytes("half")));
  EXPECT_EQ(outcome(file->discard()), "ok");
  EXPECT_EQ(outcome(file->write_at(0, as_bytes("more"))), "io");
  EXPECT_FALSE(storage.open_partial(at("file"), "ada").value().existed);
}

TEST_P(StorageContract, WritesLandWhereTheyShould) {
  auto file = begin("file");
  ASSERT_TRUE(file->write_at(6, as_bytes("world")));
  ASSERT_TRUE(file->write_at(0, as_bytes("hello ")));
  ASSERT_TRUE(file->write_at(0, as_bytes("H")));
  ASSERT_TRUE(file->write_at(100, {}));
  EXPECT_EQ(content_of(*file), "Hello world");
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(content_of(*file), "Hello");
  ASSERT_TRUE(file->truncate(7));
  EXPECT_EQ(content_of(*file), std::string("Hello\0\0", 7));
}

TEST_P(StorageContract, WhatNoFileCanHoldIsTooLarge) {
  auto file = begin("file");
  EXPECT_EQ(outcome(file->write_at(limits::file_bytes, as_bytes("x"))), "too_large");
  EXPECT_EQ(outcome(file->write_at(UINT64_MAX, as_bytes("x"))), "too_large");
  EXPECT_EQ(outcome(file->zero(limits::file_bytes, 1)), "too_large");
  EXPECT_EQ(outcome(file->zero(1, UINT64_MAX)), "too_large");
  EXPECT_EQ(outcome(file->truncate(UINT64_MAX)), "too_large");
  EXPECT_EQ(outcome(file->check_room(UINT64_MAX)), "too_large");
  EXPECT_EQ(file->attributes().value().size, 0u);
}

TEST_P(StorageContract, ZeroClearsExtendsAndLeavesTheRest) {
  auto file = begin("file");
  ASSERT_TRUE(file->write_at(0, as_bytes("0123456789")));
  EXPECT_EQ(outcome(file->zero(2, 3)), "ok");
  EXPECT_EQ(content_of(*file), std::string("01\0\0\0"
                                           "56789",
                                           10));
  EXPECT_EQ(outcome(file->zero(8, 4)), "ok");
  EXPECT_EQ(content_of(*file), std::string("01\0\0\0"
                                           "567\0\0\0\0",
                                           12));
  EXPECT_EQ(outcome(file->zero(14, 1)), "ok");
  EXPECT_EQ(file->attributes().value().size, 15u);
  EXPECT_EQ(outcome(file->zero(20, 0)), "ok");
  EXPECT_EQ(file->attributes().value().size, 15u) << "a range of no length changes nothing";
}

TEST_P(StorageContract, ZeroTakesNoSpace) {
  auto file = begin("file");
  ASSERT_TRUE(file->check_room(4 * megabyte));
  ASSERT_TRUE(file->write_at(0, as_bytes(std::string(3 * megabyte, 'x'))));
  EXPECT_EQ(outcome(file->zero(megabyte, 3 * megabyte)), "ok");
  EXPECT_EQ(file->attributes().value().size, 4 * megabyte);
  EXPECT_EQ(file->attributes().value().allocated, megabyte);
}

TEST_P(StorageContract, ExtentsTellHolesFromData) {
  auto file = begin("file");
  write_islands(*file);
  EXPECT_EQ(extents_of(*file), islands);
  EXPECT_EQ(file->extent_at(megabyte + 5).value().length, megabyte - 5);
  EXPECT_TRUE(file->extent_at(5).value().hole);
  EXPECT_EQ(file->extent_at(5 * megabyte).value().length, 0u);
  EXPECT_EQ(file->extent_at(UINT64_MAX).value().length, 0u);
  ASSERT_TRUE(file->publish({}));
  EXPECT_EQ(extents_of(*storage.open(at("file"), Links::follow).value()), islands);
}

TEST_P(StorageContract, CopyBeginsWithWhatTheTargetHolds) {
  ASSERT_TRUE(put(storage, "file", "old content"));
  auto file = begin("file");
  ASSERT_TRUE(file->write_at(0, as_bytes("an earlier attempt, and longer")));
  EXPECT_EQ(outcome(file->copy_target(limits::file_bytes)), "ok");
  EXPECT_EQ(content_of(*file), "old content");
  EXPECT_EQ(outcome(file->copy_target(3)), "ok");
  EXPECT_EQ(content_of(*file), "old");
  EXPECT_EQ(outcome(file->copy_target(limits::file_bytes)), "ok");
  ASSERT_TRUE(file->write_at(0, as_bytes("new")));
  EXPECT_EQ(content_of(storage, "file"), "old content") << "the target shares nothing that is written";
  ASSERT_TRUE(file->publish({}));
  EXPECT_EQ(content_of(storage, "file"), "new content");
}

TEST_P(StorageContract, CopyKeepsHoles) {
  auto first = begin("file");
  write_islands(*first);
  ASSERT_TRUE(first->publish({}));
  auto copy = begin("file");
  EXPECT_EQ(outcome(copy->copy_target(limits::file_bytes)), "ok");
  EXPECT_EQ(extents_of(*copy), islands);
  EXPECT_EQ(content_of(*copy), content_of(storage, "file"));
}

TEST_P(StorageContract, OnlyAFileIsCopied) {
  ASSERT_TRUE(put(storage, "file", "x"));
  ASSERT_TRUE(storage.make_symlink("file", at("link"), false));
  EXPECT_EQ(outcome(begin("nothing")->copy_target(limits::file_bytes)), "not_found");
  EXPECT_EQ(outcome(begin("link")->copy_target(limits::file_bytes)), "not_found");
}

TEST_P(StorageContract, LookingForRoomIsInvisible) {
  auto file = begin("file");
  EXPECT_EQ(outcome(file->check_room(8 * megabyte)), "ok");
  EXPECT_EQ(outcome(file->check_room(0)), "ok");
  EXPECT_EQ(file->attributes().value().size, 0u);
  ASSERT_TRUE(file->write_at(0, as_bytes("short")));
  const auto published = file->publish({}).value();
  EXPECT_EQ(published.size, 5u);
  EXPECT_LT(published.allocated, megabyte);
}

TEST_P(StorageContract, TooLittleRoomIsSaidAtOnce) {
  auto file = begin("file");
  const std::uint64_t too_much = storage.space(at("/")).value().total + megabyte;
  EXPECT_EQ(outcome(file->check_room(too_much)), "no_space");
  EXPECT_EQ(outcome(file->write_at(0, as_bytes("small"))), "ok");
}

TEST_P(StorageContract, OldPartialsAreCollected) {
  ASSERT_TRUE(begin("one")->write_at(0, as_bytes("half")));
  // Its modification time is the source's, long ago; that does not make it old.
  {
    const auto two = begin("two");
    ASSERT_TRUE(two->write_at(0, as_bytes("whole")));
    ASSERT_TRUE(two->prepare({.mode = 0400, .mtime_ns = 1}));
  }
  const auto held = begin("held");
  ASSERT_TRUE(put(storage, "file", "x"));
  EXPECT_EQ(storage.count_partials(at("/")).value(), 3u);
  EXPECT_EQ(storage.collect_partials(at("/"), std::chrono::minutes(1)).value(), 0u);
  EXPECT_EQ(storage.collect_partials(at("/"), std::chrono::seconds::max()).value(), 0u);
  EXPECT_TRUE(storage.open_partial(at("one"), "ada").value().existed);
  EXPECT_EQ(storage.collect_partials(at("/"), std::chrono::seconds(0)).value(), 2u);
  EXPECT_FALSE(storage.open_partial(at("one"), "ada").value().existed);
  EXPECT_EQ(outcome(held->publish({})), "ok");
  EXPECT_EQ(names_in(storage, "/"), (Names{"file", "held"}));
}

TEST_P(StorageContract, PartialsAge) {
  ASSERT_TRUE(begin("file")->write_at(0, as_bytes("half")));
  EXPECT_EQ(storage.collect_partials(at("/"), std::chrono::minutes(1)).value(), 0u);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(storage.collect_partials(at("/"), std::chrono::seconds(1)).value(), 1u);
}

TEST_P(StorageContract, RacingUploadsNeverMix) {
  const auto work = [&](char letter) {
    const std::string content(5000, letter);
    for (int published = 0; published < 40;) {
      auto partial = storage.open_partial(at("file"), "ada");
      if (!partial) {
        ASSERT_EQ(outcome(partial), "busy");
        continue;
      }
      ASSERT_TRUE(partial->file->truncate(0));
      ASSERT_TRUE(partial->file->write_at(0, as_bytes(content)));
      ASSERT_EQ(outcome(partial->file->publish({})), "ok");
      const std::string seen = content_of(storage, "file");
      ASSERT_EQ(seen, std::string(5000, seen[0]));
      ++published;
    }
  };
  std::vector<std::jthread> threads;
  for (const char letter : {'a', 'b', 'c'}) threads.emplace_back(work, letter);
  threads.clear();
  EXPECT_EQ(names_in(storage, "/"), Names{"file"});
  EXPECT_EQ(storage.collect_partials(at("/"), {}).value(), 0u);
}

}  // namespace dftp
