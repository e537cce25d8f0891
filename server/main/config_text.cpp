#include "server/main/config_text.h"

#include <algorithm>

#include "server/config/config_options.h"
#include "server/guard/budgets.h"
#include "server/main/preparation.h"
#include "server/toml/toml.h"

namespace dftp::server {
namespace {

std::string literal(std::string_view text) {
  // TOML is UTF-8; a path need not be.
  return toml::quoted(printable(text));
}

template <class List, class Text>
std::string list_of(const List& list, Text text) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "" : ", ") + literal(text(item));
  return "[" + out + "]";
}

// The value of each kind of field; empty: it has none.
struct ToText {
  const Config& config;

  std::string operator()(bool Config::* member) const { return config.*member ? "true" : "false"; }
  std::string operator()(const Number& field) const { return std::to_string(config.*field.member); }
  std::string operator()(const Rate& field) const {
    return config.*field.member ? std::to_string(config.*field.member) : std::string();
  }
  std::string operator()(std::chrono::seconds Config::* member) const {
    return std::to_string((config.*member).count());
  }
  std::string operator()(LogFormat Config::* member) const {
    return literal(config.*member == LogFormat::json ? "json" : "text");
  }
  std::string operator()(std::string Config::* member) const {
    return (config.*member).empty() ? std::string() : literal(config.*member);
  }
  std::string operator()(std::filesystem::path Config::* member) const {
    return (config.*member).empty() ? std::string() : literal((config.*member).native());
  }
  std::string operator()(std::vector<Endpoint> Config::* member) const {
    return list_of(config.*member, [](const Endpoint& endpoint) { return endpoint.text(); });
  }
  std::string operator()(std::vector<Network> Config::* member) const {
    return list_of(config.*member, [](const Network& network) { return text_of(network); });
  }
};

bool is_bare(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

std::string text_of(const ExecCommand& command) {
  const auto as_it_is = [](const std::string& text) { return text; };
  std::string out = "\n[exec." + (is_bare(command.name) ? command.name : literal(command.name)) + "]\n";
  const auto add = [&](std::string_view key, const std::string& value) {
    out += std::string(key) + " = " + value + "\n";
  };
  if (!command.argv.empty()) add("argv", list_of(command.argv, as_it_is));
  if (!command.shell.empty()) add("shell", literal(command.shell));
  add("users", list_of(command.users, as_it_is));
  if (!command.run_as.empty()) add("run-as", literal(command.run_as));
  add("timeout", std::to_string(command.timeout.count()));
  add("output-limit", std::to_string(command.output_limit));
  if (command.memory_limit) add("memory-limit", std::to_string(command.memory_limit));
  if (command.process_limit) add("process-limit", std::to_string(command.process_limit));
  return out;
}

// Where a default depends on something else.
Config filled_in(Config config) {
  const BudgetTable table = budget_table({.sessions = config.max_sessions,
                                          .sessions_per_user = config.max_sessions_per_user,
                                          .sessions_per_source = config.max_sessions_per_source});
  const Budget& sessions = table[static_cast<std::size_t>(Counted::sessions)];
  config.max_sessions_per_user = sessions.user;
  config.max_sessions_per_source = sessions.source;
  config.announce_name = announced_name(config);
  return config;
}

}  // namespace

std::string text_of(const Config& given) {
  const Config config = filled_in(given);
  std::string out;
  for (const auto& [option, field, needs] : config_options()) {
    const std::string value = std::visit(ToText{config}, field);
    out += value.empty() ? "# " + std::string(option.name) + " is not set\n"
                         : std::string(option.name) + " = " + value + "\n";
  }
  for (const ExecCommand& command : config.exec) out += text_of(command);
  return out;
}

}  // namespace dftp::server
