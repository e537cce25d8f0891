#include "client/cli/line/preferences.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "client/cli/line/line.h"
#include "client/cli/line/option_table.h"
#include "client/cli/line/words.h"
#include "proto/wire/glob.h"
#include "proto/wire/text_lines.h"

namespace dftp::cli {
namespace {

// Options that may be settled for a server; the others are about a single call.
constexpr std::array<std::string_view, 9> settled = {"password-file", "key",     "accept-new",      "fingerprint", "ca",
                                                     "plain-data",    "retries", "connect-timeout", "limit-rate"};

// "ConnectTimeout" and "connect-timeout" are the same keyword, as ssh's words and ours differ by no more.
std::string keyword_of(std::string_view word) {
  std::string keyword;
  for (const char c : word) {
    if (c != '-') keyword += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return keyword == "identityfile" ? "key" : keyword;
}

const VerbOption* option_of(std::string_view keyword) {
  const auto found = std::ranges::find_if(option_table(), [&](const VerbOption& option) {
    return std::ranges::find(settled, option.name) != settled.end() && keyword_of(option.name) == keyword;
  });
  return found == option_table().end() ? nullptr : &*found;
}

// Each applies a value that was typed.
using Apply = Result<void> (*)(HostPreferences& host, const std::string& value);

Result<void> set_endpoint(HostPreferences& host, const std::string& value) {
  auto endpoint = parse_endpoint(value);
  if (!endpoint) return std::unexpected(std::move(endpoint.error()));
  host.endpoint = std::move(*endpoint);
  return {};
}

Result<void> set_port(HostPreferences& host, const std::string& value) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), port);
  if (error != std::errc() || end != value.data() + value.size() || port == 0)
    return fail(Code::usage, value, "a port is a number from 1 to 65535");
  host.port = port;
  return {};
}

Result<void> set_user(HostPreferences& host, const std::string& value) {
  host.user = value;
  return {};
}

Result<void> set_directory(HostPreferences& host, const std::string& value) {
  auto path = RemotePath::parse(value.starts_with('/') ? value : "/" + value);
  if (!path) return std::unexpected(std::move(path.error()));
  host.directory = std::move(*path);
  return {};
}

constexpr std::pair<std::string_view, Apply> own_keywords[] = {
    {"hostname", set_endpoint}, {"port", set_port}, {"user", set_user}, {"directory", set_directory}};

Result<void> apply_option(HostPreferences& host, const VerbOption& option, const std::string& value) {
  CommandLine line;
  line.settings = std::move(host.settings);
  Result<void> applied;
  if (!option.value.empty()) {
    applied = option.apply(line, value);
  } else if (value == "yes") {
    applied = option.apply(line, std::string(no_value));
  } else if (value != "no") {
    applied = fail(Code::usage, value, "takes yes or no");
  }
  host.settings = std::move(line.settings);
  return applied;
}

std::string all_keywords() {
  std::string text = "Host, Alias, HostName, Port, User, Directory";
  for (const std::string_view name : settled) {
    std::string word;
    bool begins = true;
    for (const char c : name) {
      if (c != '-') word += begins ? static_cast<char>(c - 'a' + 'A') : c;
      begins = c == '-';
    }
    text += ", " + (word == "Ca" ? "CA" : word);
  }
  return text;
}

Result<void> apply(HostPreferences& host, const std::string& keyword, const std::string& value) {
  const auto own = std::ranges::find(own_keywords, keyword, [](const auto& row) { return row.first; });
  if (own != std::end(own_keywords)) return own->second(host, value);
  if (const VerbOption* option = option_of(keyword)) return apply_option(host, *option, value);
  return fail(Code::usage, keyword, "is not a keyword; there are " + all_keywords());
}

// Names of files begin at home perhaps, as in a session.
Result<std::string> value_of(const std::string& word) {
  const auto value = at_home(word);
  if (!value) return std::unexpected(value.error());
  return unquoted(*value);
}

}  // namespace

Result<Preferences> Preferences::parse(std::string_view bytes, const std::string& file) {
  const auto lines = text_lines(bytes, file);
  if (!lines) return std::unexpected(lines.error());
  Preferences preferences;
  for (std::size_t i = 0; i < lines->size(); ++i) {
    auto taken = preferences.take_line((*lines)[i]);
    if (taken) continue;
    taken.error().detail = describe(taken.error());
    taken.error().where = line_name(file, i + 1);
    taken.error().code = Code::usage;
    return std::unexpected(std::move(taken.error()));
  }
  return preferences;
}

Result<void> Preferences::take_line(const std::string& line) {
  auto commands = split_line(line);
  if (!commands) return std::unexpected(std::move(commands.error()));
  if (commands->empty()) return {};
  if (commands->size() > 1) return fail(Code::usage, "", "one keyword a line; quote a ; that is part of a value");
  const std::vector<std::string>& words = commands->front().words;
  const std::string keyword = words.empty() ? std::string() : keyword_of(unquoted(words.front()));
  if (keyword == "alias") return take_alias(words);
  if (words.size() < 2) return fail(Code::usage, keyword, "needs a value behind it");
  if (keyword == "host") {
    blocks_.push_back({{words.begin() + 1, words.end()}, {}});
    return {};
  }
  if (words.size() > 2) return fail(Code::usage, keyword, "takes one value; quote one that has blanks");
  auto value = value_of(words[1]);
  if (!value) return std::unexpected(std::move(value.error()));
  if (value->empty()) return fail(Code::usage, keyword, "must be given a value that is not empty");
  HostPreferences tried;
  if (auto applied = apply(tried, keyword, *value); !applied) {
    if (applied.error().where.empty()) applied.error().where = keyword;
    return applied;
  }
  blocks_.back().values.emplace(keyword, std::move(*value));
  return {};
}

Result<void> Preferences::take_alias(const std::vector<std::string>& words) {
  if (words.size() < 3) return fail(Code::usage, "alias", "takes a name and the command that it stands for");
  const std::string name = unquoted(words[1]);
  if (!aliases_.try_emplace(name, words.begin() + 2, words.end()).second)
    return fail(Code::usage, name, "stands for something else already");
  return {};
}

bool Preferences::matches(const Block& block, std::string_view host) {
  bool found = false;
  for (const std::string_view pattern : block.patterns) {
    const bool negated = pattern.starts_with('!');
    if (!glob_matches(pattern.substr(negated ? 1 : 0), host)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

HostPreferences Preferences::of(std::string_view host) const {
  HostPreferences found;
  Values taken;
  for (const Block& block : blocks_) {
    if (!matches(block, host)) continue;
    for (auto next = block.values.begin(); next != block.values.end();) {
      const auto [first, last] = block.values.equal_range(next->first);
      // Of most keys one counts; a key may be given several times, and in several blocks.
      const bool many = next->first == "key";
      if (!many && taken.contains(next->first)) {
        next = last;
        continue;
      }
      for (auto one = first; one != (many ? last : std::next(first)); ++one)
        (void)apply(found, one->first, one->second);
      taken.emplace(next->first, next->second);
      next = last;
    }
  }
  return found;
}

bool Preferences::knows(std::string_view host) const {
  const std::vector<std::string> names = hosts();
  return std::ranges::find(names, host) != names.end();
}

std::vector<std::string> Preferences::hosts() const {
  std::vector<std::string> names;
  for (const Block& block : blocks_) {
    for (const std::string& pattern : block.patterns) {
      if (!is_pattern(pattern) && !pattern.starts_with('!') && std::ranges::find(names, pattern) == names.end())
        names.push_back(unquoted(pattern));
    }
  }
  return names;
}

const std::vector<std::string>* Preferences::alias(std::string_view name) const {
  const auto found = aliases_.find(name);
  return found == aliases_.end() ? nullptr : &found->second;
}

Settings with_defaults(Settings typed, const Settings& of_host) {
  const auto fill = [](auto& one, const auto& other) {
    if (one == std::remove_cvref_t<decltype(one)>()) one = other;
  };
  typed.keys.insert(typed.keys.end(), of_host.keys.begin(), of_host.keys.end());
  fill(typed.password_file, of_host.password_file);
  fill(typed.fingerprint, of_host.fingerprint);
  fill(typed.authorities, of_host.authorities);
  fill(typed.accept_new, of_host.accept_new);
  fill(typed.plain_data, of_host.plain_data);
  fill(typed.retries, of_host.retries);
  fill(typed.connect_timeout, of_host.connect_timeout);
  fill(typed.limit_rate, of_host.limit_rate);
  return typed;
}

RemotePath session_directory(const Location& location, std::string_view text, const Preferences& preferences) {
  const auto settled = preferences.of(location.place.name).directory;
  return settled && location.path.is_root() && !text.ends_with('/') ? *settled : location.path;
}

bool may_be_server(std::string_view text, const Preferences& preferences) {
  return Url::names_server(text) || preferences.knows(text.substr(0, text.find('/')));
}

Result<Location> locate(std::string_view text, const Preferences& preferences) {
  auto url = Url::parse_short(text);
  if (!url) return std::unexpected(std::move(url.error()));
  const std::string name = url->endpoint.host;
  const HostPreferences host = name.empty() ? HostPreferences() : preferences.of(name);
  const bool has_port = url->endpoint.port != default_port;
  if (host.endpoint) {
    const std::uint16_t port = url->endpoint.port;
    url->endpoint = *host.endpoint;
    if (has_port) url->endpoint.port = port;
  }
  if (host.port && !has_port && !url->endpoint.is_unix()) url->endpoint.port = *host.port;
  if (url->user.empty()) url->user = host.user;
  return Location{{std::move(url->endpoint), std::move(url->user), name}, std::move(url->path), url->directory};
}

}  // namespace dftp::cli
