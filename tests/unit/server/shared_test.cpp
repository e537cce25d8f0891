// The small things that all sessions share.
#include <gtest/gtest.h>

#include <set>

#include "server/commands/table.h"
#include "server/guard/slots.h"
#include "server/session/partial_collector.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

TEST(Slots, NoMoreThanThereAre) {
  SlotCount taken{0};
  Slot first = take_slot(taken, 2);
  Slot second = take_slot(taken, 2);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(take_slot(taken, 2));
  EXPECT_EQ(taken, 2u);
}

TEST(Slots, ASlotIsGivenBackOnce) {
  SlotCount taken{0};
  Slot first = take_slot(taken, 1);
  Slot moved = std::move(first);
  first.reset();
  EXPECT_EQ(taken, 1u);
  moved.reset();
  EXPECT_EQ(taken, 0u);
  EXPECT_TRUE(take_slot(taken, 1));
}

PartialCollector::Clock::time_point fake_now;

TEST(PartialCollector, OnceAnHourForEachDirectoryOfEachHome) {
  PartialCollector sweeps([] { return fake_now; });
  const RemotePath home = *RemotePath::parse("ada"), inbox = *RemotePath::parse("in");
  EXPECT_TRUE(sweeps.due(home, inbox));
  EXPECT_FALSE(sweeps.due(home, inbox));
  EXPECT_TRUE(sweeps.due(home, RemotePath()));
  EXPECT_TRUE(sweeps.due(RemotePath(), inbox));
  fake_now += 1h;
  EXPECT_TRUE(sweeps.due(home, inbox));
  EXPECT_FALSE(sweeps.due(home, inbox));
}

TEST(CommandTable, NamesAreUniqueAndHaveAHandler) {
  std::set<std::string_view> names;
  for (const CommandSpec& command : command_table()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_TRUE(command.run) << command.name;
  }
}

TEST(CommandTable, WhatChangesTheShareNeedsTheRightToWrite) {
  const std::set<std::string_view> writing{
      "mkdir",     "rmdir",      "remove",      "rename",         "symlink",   "chmod",        "utime",
      "put",       "fs.mkdir",   "fs.mknod",    "fs.symlink",     "fs.link",   "fs.unlink",    "fs.rmdir",
      "fs.rename", "fs.setattr", "fs.setxattr", "fs.removexattr", "fs.create", "fs.fallocate", "fs.copy_range",
      "copy",      "fetch",      "touch",       "receipt",        "times"};
  std::set<std::string_view> found;
  for (const CommandSpec& command : command_table())
    if (command.permission == Permission::write) found.insert(command.name);
  EXPECT_EQ(found, writing);
}

TEST(CommandTable, WithoutALoginOnlyTheDocumentedOnes) {
  std::set<std::string_view> found;
  for (const CommandSpec& command : command_table())
    if (command.permission == Permission::anyone || command.permission == Permission::greeted)
      found.insert(command.name);
  EXPECT_EQ(found, (std::set<std::string_view>{"hello", "login", "ping", "bye"}));
}

}  // namespace
}  // namespace dftp::server
