// A directory that is held for work on what is beneath it: whatever takes its names meanwhile, nothing else is touched.
#include "proto/wire/limits.h"
#include "tests/contract/storage_contract.h"

namespace dftp {
namespace {

// tree/d/file, and beside it what nobody may touch: elsewhere/d/file.
void plant(Storage& storage) {
  for (const char* path : {"tree", "tree/d", "elsewhere", "elsewhere/d"})
    ASSERT_TRUE(storage.make_directory(at(path), 0755));
  ASSERT_TRUE(put(storage, "tree/d/file", "mine"));
  ASSERT_TRUE(put(storage, "elsewhere/d/file", "important"));
}

void expect_untouched(Storage& storage) {
  EXPECT_EQ(names_in(storage, "elsewhere"), (std::vector<std::string>{"d"}));
  EXPECT_EQ(names_in(storage, "elsewhere/d"), (std::vector<std::string>{"file"}));
  EXPECT_EQ(content_of(storage, "elsewhere/d/file"), "important");
  EXPECT_EQ(storage.stat(at("elsewhere/d/file"), Links::keep).value().mode, 0644u);
  EXPECT_EQ(storage.stat(at("elsewhere/d"), Links::keep).value().mode, 0755u);
}

}  // namespace

TEST_P(StorageContract, HeldTreeHasTheSameNames) {
  plant(storage);
  const auto held = storage.hold(at("tree"), Links::follow).value();
  EXPECT_EQ(content_of(*held, "tree/d/file"), "mine");
  EXPECT_EQ(names_in(*held, "tree"), (std::vector<std::string>{"d"}));
  ASSERT_TRUE(put(*held, "tree/new", "new"));
  EXPECT_EQ(content_of(storage, "tree/new"), "new");
  EXPECT_EQ(outcome(held->set_mode(at("tree"), 0700)), "ok");
  EXPECT_EQ(storage.stat(at("tree"), Links::keep).value().mode, 0700u);
  EXPECT_EQ(outcome(held->sync_directory(at("tree"))), "ok");
  EXPECT_EQ(outcome(held->sync_directory(at("/"))), "ok");
  EXPECT_EQ(outcome(held->stat(at("tree/no"), Links::keep)), "not_found");
  EXPECT_EQ(held->stat(at("tree/no"), Links::keep).error().where, "/tree/no");
  EXPECT_EQ(outcome(storage.hold(at("tree/d/file"), Links::follow)), "not_directory");
  EXPECT_EQ(outcome(storage.hold(at("no"), Links::follow)), "not_found");
}

TEST_P(StorageContract, HeldTreeFollowsNoLink) {
  plant(storage);
  const auto held = storage.hold(at("tree"), Links::follow).value();
  ASSERT_TRUE(storage.rename(at("tree/d"), at("moved"), true));
  ASSERT_TRUE(storage.make_symlink("../elsewhere/d", at("tree/d"), false));
  EXPECT_EQ(content_of(storage, "tree/d/file"), "important") << "who does not hold it follows";
  const std::string refused = "outside_root";
  EXPECT_EQ(outcome(held->stat(at("tree/d/file"), Links::keep)), refused);
  EXPECT_EQ(outcome(held->list(at("tree/d"))), refused);
  EXPECT_EQ(outcome(held->open(at("tree/d/file"), Links::follow)), refused);
  EXPECT_EQ(outcome(held->read_link(at("tree/d/file"))), refused);
  EXPECT_EQ(outcome(held->remove(at("tree/d/file"))), refused);
  EXPECT_EQ(outcome(held->remove_directory(at("tree/d/file"))), refused);
  EXPECT_EQ(outcome(held->make_directory(at("tree/d/new"), 0755)), refused);
  EXPECT_EQ(outcome(held->make_symlink("x", at("tree/d/file"), true)), refused);
  EXPECT_EQ(outcome(held->rename(at("tree/d/file"), at("tree/f"), true)), refused);
  EXPECT_EQ(outcome(held->set_mode(at("tree/d/file"), 0600)), refused);
  EXPECT_EQ(outcome(held->set_mtime(at("tree/d/file"), 1)), refused);
  EXPECT_EQ(outcome(held->open_partial(at("tree/d/file"), "ada")), refused);
  EXPECT_EQ(outcome(held->collect_partials(at("tree/d"), std::chrono::seconds(0))), refused);
  EXPECT_EQ(held->stat(at("tree/d"), Links::keep).value().type, FileType::symlink);
  EXPECT_EQ(outcome(held->remove(at("tree/d"))), "ok") << "the link itself is in the tree";
  expect_untouched(storage);
}

TEST_P(StorageContract, HeldTreeStaysItselfWhenItsNameGoes) {
  plant(storage);
  const auto held = storage.hold(at("tree"), Links::follow).value();
  ASSERT_TRUE(storage.rename(at("tree"), at("moved"), true));
  ASSERT_TRUE(storage.make_symlink("elsewhere", at("tree"), false));
  EXPECT_EQ(content_of(*held, "tree/d/file"), "mine");
  EXPECT_EQ(outcome(held->remove(at("tree/d/file"))), "ok");
  EXPECT_EQ(outcome(held->remove_directory(at("tree/d"))), "ok");
  EXPECT_EQ(names_in(storage, "moved"), std::vector<std::string>());
  expect_untouched(storage);
}

TEST_P(StorageContract, HoldFollowsALinkOnlyWhereSaid) {
  plant(storage);
  ASSERT_TRUE(storage.make_symlink("tree", at("link"), false));
  EXPECT_EQ(outcome(storage.hold(at("link"), Links::keep)), "not_directory");
  const auto held = storage.hold(at("link"), Links::follow).value();
  EXPECT_EQ(content_of(*held, "link/d/file"), "mine");
}

TEST_P(StorageContract, PartialsAreCountedByAListing) {
  ASSERT_TRUE(begin("one")->write_at(0, as_bytes(std::string(100'000, 'x'))));
  ASSERT_TRUE(put(storage, "file", "x"));
  auto listing = storage.list(at("/")).value();
  while (listing->next().value()) continue;
  EXPECT_EQ(listing->partials().count, 1u);
  EXPECT_GE(listing->partials().allocated, 100'000u);
}

TEST_P(StorageContract, NothingIsLeftWhereNothingCame) {
  ASSERT_TRUE(put(storage, "old", "content"));
  ASSERT_TRUE(begin("new")->truncate(1000));
  ASSERT_TRUE(begin("old")->copy_target(limits::file_bytes));
  EXPECT_EQ(storage.count_partials(at("/")).value(), 0u);
  ASSERT_TRUE(begin("half")->write_at(0, as_bytes("half")));
  {
    const auto again = begin("half");
  }
  EXPECT_EQ(storage.count_partials(at("/")).value(), 1u) << "an earlier attempt has written something";
  ASSERT_TRUE(begin("half")->truncate(0));
  EXPECT_EQ(storage.count_partials(at("/")).value(), 0u);
}

}  // namespace dftp
