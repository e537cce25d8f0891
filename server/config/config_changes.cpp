#include "server/config/config_changes.h"

#include <algorithm>

#include "server/config/config_options.h"

namespace dftp::server {
namespace {

struct IsSame {
  const Config& one;
  const Config& other;

  template <class T>
  bool operator()(T Config::* member) const {
    return one.*member == other.*member;
  }
  bool operator()(const auto& field) const { return one.*field.member == other.*field.member; }
};

// Of commands the name is the key; they have no order.
void add_commands(const Config& before, const Config& after, std::vector<std::string>& keys) {
  const auto add_unless_in = [&](const std::vector<ExecCommand>& those, const std::vector<ExecCommand>& others) {
    for (const ExecCommand& command : those) {
      const std::string key = "exec." + command.name;
      if (std::ranges::find(others, command) == others.end() && std::ranges::find(keys, key) == keys.end())
        keys.push_back(key);
    }
  };
  add_unless_in(before.exec, after.exec);
  add_unless_in(after.exec, before.exec);
}

}  // namespace

ConfigChanges changes_between(const Config& before, const Config& after) {
  ConfigChanges changes;
  for (const auto& [option, field, needs] : config_options()) {
    if (std::visit(IsSame{before, after}, field)) continue;
    (needs == Needs::reload ? changes.now : changes.with_restart).emplace_back(option.name);
  }
  add_commands(before, after, changes.now);
  return changes;
}

Result<std::vector<std::string>> changes_without_restart(const Config& before, const Config& after) {
  ConfigChanges changes = changes_between(before, after);
  if (changes.with_restart.empty()) return std::move(changes.now);
  std::string keys;
  for (const std::string& key : changes.with_restart) keys += (keys.empty() ? "" : ", ") + key;
  // The place of the first, as far as the file has it.
  const auto line = after.lines.find(changes.with_restart.front());
  std::string where =
      line == after.lines.end() ? std::string() : after.file.native() + ":" + std::to_string(line->second);
  return fail(Code::usage, std::move(where), keys + ": cannot change while the server runs; restart the server");
}

}  // namespace dftp::server
