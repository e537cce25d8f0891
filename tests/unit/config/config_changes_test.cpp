#include "server/config/config_changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "server/config/config_options.h"
#include "server/config/current_config.h"

namespace dftp::server {
namespace {

using Keys = std::vector<std::string>;

// Another value than the default one.
struct ToOther {
  Config& config;

  void operator()(bool Config::* member) const { config.*member = !(config.*member); }
  void operator()(const Number& field) const { ++(config.*field.member); }
  void operator()(const Rate& field) const { config.*field.member = 4096; }
  void operator()(std::chrono::seconds Config::* member) const { ++(config.*member); }
  void operator()(LogFormat Config::* member) const { config.*member = LogFormat::json; }
  void operator()(std::string Config::* member) const { config.*member = "other"; }
  void operator()(std::filesystem::path Config::* member) const { config.*member = "/other"; }
  void operator()(std::vector<Endpoint> Config::* member) const { (config.*member).push_back({"::1", 5, {}}); }
  void operator()(std::vector<Network> Config::* member) const { (config.*member).push_back({}); }
};

ExecCommand command(std::string name, std::string program) {
  ExecCommand made;
  made.name = std::move(name);
  made.argv = {std::move(program)};
  return made;
}

TEST(ConfigChanges, EachKeyIsKnownToNeedARestartOrNot) {
  for (const auto& [option, field, needs] : config_options()) EXPECT_NE(needs, Needs::unsaid) << option.name;
}

TEST(ConfigChanges, EachKeyIsNoticedAlone) {
  const Keys restart = {"root", "state", "listen", "announce", "confine", "threads", "disk-threads", "max-watches"};
  for (const auto& [option, field, needs] : config_options()) {
    const Config before;
    Config after;
    std::visit(ToOther{after}, field);
    const ConfigChanges changes = changes_between(before, after);
    const std::string key(option.name);
    const bool restarts = std::ranges::find(restart, key) != restart.end();
    EXPECT_EQ(changes.now, restarts ? Keys{} : Keys{key});
    EXPECT_EQ(changes.with_restart, restarts ? Keys{key} : Keys{});
    EXPECT_EQ(changes_without_restart(before, after).has_value(), !restarts) << key;
  }
}

TEST(ConfigChanges, TheSameIsNoChangeWhereverItStands) {
  const Config before{.file = "/a.toml", .lines = {{"grace", 3}}};
  const Config after{.file = "/a.toml", .lines = {{"grace", 9}}};
  EXPECT_EQ(changes_between(before, after).now, Keys());
  EXPECT_EQ(changes_without_restart(before, after), Keys());
}

TEST(ConfigChanges, OfCommandsEachIsNamedOnce) {
  Config before, after;
  before.exec = {command("kept", "/a"), command("changed", "/b"), command("gone", "/c")};
  after.exec = {command("new", "/d"), command("changed", "/e"), command("kept", "/a")};
  EXPECT_EQ(changes_between(before, after).now, (Keys{"exec.changed", "exec.gone", "exec.new"}));
}

TEST(ConfigChanges, WhatNeedsARestartIsNamedWithThePlaceOfTheFirst) {
  const Config before;
  Config after{.file = "/etc/a.toml", .lines = {{"threads", 7}, {"max-watches", 9}}};
  after.threads = before.threads + 1;
  after.max_watches = 12;
  after.read_only = true;
  const auto changes = changes_without_restart(before, after);
  ASSERT_FALSE(changes);
  EXPECT_EQ(changes.error().code, Code::usage);
  EXPECT_EQ(changes.error().where, "/etc/a.toml:7");
  EXPECT_EQ(changes.error().detail, "threads, max-watches: cannot change while the server runs; restart the server");
  // A key that the file does not have any more has no place.
  after.lines.clear();
  EXPECT_EQ(changes_without_restart(before, after).error().where, "");
}

TEST(CurrentConfig, WhoHasTakenOneKeepsIt) {
  CurrentConfig current{Config{.max_jobs = 1}};
  const auto taken = current.get();
  current.set(Config{.max_jobs = 2});
  EXPECT_EQ(taken->max_jobs, 1u);
  EXPECT_EQ(current->max_jobs, 2u);
}

}  // namespace
}  // namespace dftp::server
