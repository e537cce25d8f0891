#include "server/config/config_options.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/toml/rate.h"

namespace dftp::server {
namespace {

constexpr ConfigOption table[] = {
    {{"root", "DIR", "the directory to share, the same as the word DIR"}, &Config::root, Needs::restart},
    {{"state", "DIR", "where users, key and certificate are kept"}, &Config::state, Needs::restart},
    {{"listen", "ADDRESS", "HOST:PORT, [IPV6]:PORT or unix:PATH; may be repeated"}, &Config::listen, Needs::restart},
    {{"read-only", "", "nobody may change anything"}, &Config::read_only, Needs::reload},
    {{"anonymous", "", "anyone may read, without a login"}, &Config::anonymous, Needs::reload},
    {{"allow-plain-data", "", "data connections may go unencrypted if the client asks too"},
     &Config::allow_plain_data,
     Needs::reload},
    {{"talk", "", "users may talk with each other, the default; --talk=false: they may not"},
     &Config::talk,
     Needs::reload},
    {{"announce", "", "tell who asks on the local network that this server is here"},
     &Config::announce,
     Needs::restart},
    {{"announce-name", "NAME", "by this name, not by the share's and the machine's"},
     &Config::announce_name,
     Needs::reload},
    {{"fetch-from", "NETWORK", "other servers' data may be fetched from there: 10.0.0.0/8"},
     &Config::fetch_from,
     Needs::reload},
    {{"certificate", "FILE", "PEM, with --key; else the server makes its own"}, &Config::certificate, Needs::reload},
    {{"key", "FILE", "PEM, the certificate's private key"}, &Config::key, Needs::reload},
    {{"log-format", "FORMAT", "text or json", 0, "text json"}, &Config::log_format, Needs::reload},
    {{"log-file", "FILE", "log there and not to standard error"}, &Config::log_file, Needs::reload},
    {{"grace", "SECONDS", "for running transfers when the server stops"}, &Config::grace, Needs::reload},
    {{"confine", "", "give up what a server does not need, the default; --confine=false: nothing"},
     &Config::confine,
     Needs::restart},
    {{"threads", "N", "threads for connections"}, Number{&Config::threads, 1, 256}, Needs::restart},
    {{"disk-threads", "N", "threads for disks and digests"}, Number{&Config::disk_threads, 1, 1024}, Needs::restart},
    {{"max-sessions", "N", "clients at the same time"},
     Number{&Config::max_sessions, 1, limits::sessions},
     Needs::reload},
    {{"max-sessions-per-user", "N", "of one user; three quarters of all unless it is said"},
     Number{&Config::max_sessions_per_user, 1, limits::sessions},
     Needs::reload},
    {{"max-sessions-per-source", "N", "of one address; three quarters of all unless it is said"},
     Number{&Config::max_sessions_per_source, 1, limits::sessions},
     Needs::reload},
    {{"max-watches", "N", "watched files and directories in all; half of them for one user"},
     Number{&Config::max_watches, 2, 16777216},
     Needs::restart},
    {{"penalties", "", "keep out who guesses passwords (the default; =false: do not)"},
     &Config::penalties,
     Needs::reload},
    {{"penalty-exempt", "NETWORK", "but not who comes from there; this machine unless it is said"},
     &Config::penalty_exempt,
     Needs::reload},
    {{"max-jobs", "N", "uploads done once that are remembered in what a user sees"},
     Number{&Config::max_jobs, 1, 1000000},
     Needs::reload},
    {{"limit-rate", "RATE", "bytes a second of file data each way, of all users; 500K, 10M, 1G"},
     Rate{&Config::limit_rate},
     Needs::reload},
};

constexpr std::size_t max_grace = 24 * 60 * 60;
constexpr std::string_view format_names[] = {"text", "json"};  // in the order of LogFormat

std::unexpected<Error> must_be(std::string what) {
  return fail(Code::usage, "", "must be " + std::move(what));
}

Result<std::size_t> number_in(const toml::Value& value, std::size_t least, std::size_t max) {
  const auto* number = value.as<std::int64_t>();
  if (!number || !std::in_range<std::size_t>(*number) || static_cast<std::size_t>(*number) < least ||
      static_cast<std::size_t>(*number) > max) {
    return must_be("a whole number from " + std::to_string(least) + " to " + std::to_string(max));
  }
  return static_cast<std::size_t>(*number);
}

Result<std::filesystem::path> path_in(const std::string& text, const std::filesystem::path& base) {
  if (text.empty() || text.find('\0') != text.npos) return must_be("a path");
  return base / text;
}

Result<Endpoint> endpoint_in(const toml::Value& value, const std::filesystem::path& base) {
  const auto* text = value.as<std::string>();
  if (!text) return must_be("a text, or a list of texts");
  auto endpoint = parse_endpoint(*text);
  if (!endpoint) return must_be("an address to listen on; " + describe(endpoint.error()));
  if (endpoint->is_unix()) endpoint->unix_socket = base / endpoint->unix_socket;
  return endpoint;
}

// Reads a value into each kind of field.
struct Assignment {
  Config& config;
  const toml::Value& value;
  const std::filesystem::path& base;

  Result<void> operator()(bool Config::* member) const {
    const bool* flag = value.as<bool>();
    if (!flag) return must_be("true or false");
    config.*member = *flag;
    return {};
  }
  Result<void> operator()(const Number& field) const {
    const auto number = number_in(value, field.least, field.max);
    if (!number) return std::unexpected(number.error());
    config.*field.member = *number;
    return {};
  }
  Result<void> operator()(const Rate& field) const {
    const auto rate = toml::rate_in(value);
    if (!rate) return std::unexpected(rate.error());
    config.*field.member = *rate;
    return {};
  }
  Result<void> operator()(std::chrono::seconds Config::* member) const {
    const auto number = number_in(value, 0, max_grace);
    if (!number) return std::unexpected(number.error());
    config.*member = std::chrono::seconds(*number);
    return {};
  }
  Result<void> operator()(LogFormat Config::* member) const {
    const auto* text = value.as<std::string>();
    const auto* found = text ? std::ranges::find(format_names, *text) : std::end(format_names);
    if (found == std::end(format_names)) return must_be("\"text\" or \"json\"");
    config.*member = static_cast<LogFormat>(found - format_names);
    return {};
  }
  Result<void> operator()(std::string Config::* member) const {
    const auto* text = value.as<std::string>();
    if (!text || text->empty() || text->size() > limits::announced_name || printable(*text) != *text) {
      return must_be("a printable text of at most " + std::to_string(limits::announced_name) + " bytes");
    }
    config.*member = *text;
    return {};
  }
  Result<void> operator()(std::filesystem::path Config::* member) const {
    const auto* text = value.as<std::string>();
    if (!text) return must_be("a path");
    auto path = path_in(*text, base);
    if (!path) return std::unexpected(std::move(path.error()));
    config.*member = std::move(*path);
    return {};
  }
  Result<void> operator()(std::vector<Endpoint> Config::* member) const {
    const auto* list = value.as<toml::Array>();
    if (list && list->empty()) return must_be("one address at least");
    std::vector<Endpoint> endpoints;
    for (const toml::Value& item : list ? *list : toml::Array{value}) {
      auto endpoint = endpoint_in(item, base);
      if (!endpoint) return std::unexpected(std::move(endpoint.error()));
      endpoints.push_back(std::move(*endpoint));
    }
    config.*member = std::move(endpoints);
    return {};
  }
  Result<void> operator()(std::vector<Network> Config::* member) const {
    const auto* list = value.as<toml::Array>();
    std::vector<Network> networks;
    for (const toml::Value& item : list ? *list : toml::Array{value}) {
      const auto* text = item.as<std::string>();
      if (!text) return must_be("a text, or a list of texts");
      auto network = parse_network(*text);
      if (!network) return must_be("a network; " + describe(network.error()));
      networks.push_back(*network);
    }
    config.*member = std::move(networks);
    return {};
  }
};

// What an argument means where the field takes a flag or a number; else it is a text.
toml::Value value_from(const std::string& text, const Field& field) {
  if (std::holds_alternative<bool Config::*>(field)) {
    if (text == "true" || text == "false") return {text == "true"};
  } else if (std::holds_alternative<Number>(field) || std::holds_alternative<std::chrono::seconds Config::*>(field)) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size()) return {number};
  }
  return {text};
}

std::string known_keys() {
  std::string keys;
  for (const auto& [option, field, needs] : table) keys += (keys.empty() ? "" : ", ") + std::string(option.name);
  return keys;
}

}  // namespace

std::span<const ConfigOption> config_options() {
  return table;
}

Result<void> assign(Config& config, const Field& field, const toml::Value& value, const std::filesystem::path& base) {
  return std::visit(Assignment{config, value, base}, field);
}

Result<void> assign(Config& config, const Field& field, const std::vector<std::string>& values,
                    const std::filesystem::path& base) {
  const bool list_wanted = std::holds_alternative<std::vector<Endpoint> Config::*>(field) ||
                           std::holds_alternative<std::vector<Network> Config::*>(field);
  if (!list_wanted) {
    return assign(config, field, value_from(values.back(), field), base);
  }
  toml::Array list;
  for (const std::string& value : values) list.push_back(value_from(value, field));
  return assign(config, field, toml::Value{std::move(list)}, base);
}

void apply_text(Config& config, std::string_view text, const std::filesystem::path& file, Problems& problems) {
  const auto members = toml::parse(text, file.native());
  if (!noted(problems, members)) return;
  const auto wrong = [&](std::size_t line, std::string detail) {
    problems.push_back(toml::fail_at(file.native(), line, std::move(detail)).error());
  };
  for (const auto& [key, value] : *members) {
    if (key == "exec") {
      config.exec = parse_exec(value, file.native(), problems);
      const auto* commands = value.as<toml::Table>();
      for (const toml::Member& one : commands ? *commands : toml::Table())
        config.lines["exec." + one.key] = one.value.line;
      continue;
    }
    const auto* row = std::ranges::find(table, key, [](const ConfigOption& row) { return row.option.name; });
    if (row == std::end(table)) {
      wrong(value.line, "unknown key \"" + key + "\"; besides [exec.NAME] the keys are " + known_keys());
      continue;
    }
    config.lines[key] = value.line;
    if (const auto assigned = assign(config, row->field, value, file.parent_path()); !assigned)
      wrong(value.line, key + " " + assigned.error().detail);
  }
}

Result<void> apply_text(Config& config, std::string_view text, const std::filesystem::path& file) {
  Problems problems;
  apply_text(config, text, file, problems);
  if (!problems.empty()) return std::unexpected(std::move(problems.front()));
  return {};
}

std::string shown(const Config& config, const Field& field) {
  if (const auto* number = std::get_if<Number>(&field))
    return config.*number->member == 0 ? std::string() : std::to_string(config.*number->member);
  if (const auto* seconds = std::get_if<std::chrono::seconds Config::*>(&field)) {
    return std::to_string((config.**seconds).count());
  }
  if (const auto* format = std::get_if<LogFormat Config::*>(&field)) {
    return std::string(format_names[static_cast<std::size_t>(config.**format)]);
  }
  if (const auto* endpoints = std::get_if<std::vector<Endpoint> Config::*>(&field)) {
    return (config.**endpoints).front().text();
  }
  return {};
}

}  // namespace dftp::server
