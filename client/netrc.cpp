#include "client/netrc.h"

#include <algorithm>

namespace dftp::client {
namespace {

constexpr std::string_view blanks = " \t\r\n";

class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  // nullopt at the end.
  std::optional<std::string> next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '"') return quoted();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(blanks));
    rest_.remove_prefix(word.size());
    return std::string(word);
  }

  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }

  // Behind the next empty line.
  void skip_macro() {
    const std::size_t end = std::min(rest_.find("\n\n"), rest_.find("\n\r\n"));
    rest_.remove_prefix(std::min(end, rest_.size()));
  }

 private:
  std::string quoted() {
    std::string word;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
      word += rest_[at];
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    return word;
  }

  std::string_view rest_;
};

}  // namespace

std::vector<NetrcEntry> parse_netrc(std::string_view text) {
  std::vector<NetrcEntry> entries;
  Tokens tokens(text);
  while (auto word = tokens.next()) {
    if (word->starts_with('#')) {
      tokens.skip_line();
    } else if (*word == "macdef") {
      tokens.skip_macro();
    } else if (*word == "default") {
      entries.emplace_back();
    } else if (*word == "machine") {
      entries.push_back({tokens.next().value_or(""), {}, {}});
    } else if (*word == "login" && !entries.empty()) {
      entries.back().login = tokens.next().value_or("");
    } else if (*word == "password" && !entries.empty()) {
      entries.back().password = tokens.next().value_or("");
    } else if (*word == "account") {
      tokens.next();
    }
  }
  return entries;
}

std::optional<NetrcEntry> find_netrc(const std::vector<NetrcEntry>& entries, std::string_view host,
                                     std::string_view user) {
  const auto fits = [&](const NetrcEntry& entry) {
    return (entry.machine.empty() || entry.machine == host) && !entry.password.empty() &&
           (user.empty() || entry.login.empty() || entry.login == user);
  };
  const auto found = std::ranges::find_if(entries, fits);
  return found == entries.end() ? std::nullopt : std::optional(*found);
}

}  // namespace dftp::client
