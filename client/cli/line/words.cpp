#include "client/cli/line/words.h"

#include <pwd.h>

#include <algorithm>
#include <vector>

#include "client/local_file.h"

namespace dftp::cli {
namespace {

constexpr std::string_view specials = "*?[~\\";

std::string home_of(const std::string& user) {
  if (user.empty()) return client::home_directory();
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  return found && found->pw_dir ? found->pw_dir : "";
}

}  // namespace

void add_quoted(std::string& word, std::string_view text) {
  for (const char c : text) {
    if (specials.find(c) != specials.npos) word += '\\';
    word += c;
  }
}

bool is_pattern(std::string_view word) {
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\') {
      ++i;
    } else if (word[i] == '*' || word[i] == '?' || word[i] == '[') {
      return true;
    }
  }
  return false;
}

std::string unquoted(std::string_view word) {
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && i + 1 < word.size()) ++i;
    text += word[i];
  }
  return text;
}

Result<std::string> at_home(std::string_view word) {
  if (!word.starts_with('~')) return std::string(word);
  const std::string_view name = word.substr(0, word.find('/'));
  const std::string home = home_of(unquoted(name.substr(1)));
  if (home.empty())
    return fail(Code::usage, unquoted(name), "no such home directory; quote the ~ if it is part of a name");
  std::string path;
  add_quoted(path, home);
  return path + std::string(word.substr(name.size()));
}

}  // namespace dftp::cli
