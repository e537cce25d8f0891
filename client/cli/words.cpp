#include "client/cli/words.h"

#include <algorithm>

#include "proto/wire/encoding.h"

namespace dftp::cli {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view specials = "*?[&\\";

class Splitter {
 public:
  explicit Splitter(std::string_view line) : rest_(line) {}

  Result<std::vector<std::string>> run() {
    std::vector<std::string> words;
    while (true) {
      rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size()));
      if (rest_.empty() || rest_[0] == '#') return words;
      auto word = next();
      if (!word) return std::unexpected(std::move(word.error()));
      words.push_back(std::move(*word));
    }
  }

 private:
  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  static void add_quoted(std::string& word, std::string_view text) {
    for (const char c : text) {
      if (specials.find(c) != specials.npos) word += '\\';
      word += c;
    }
  }

  Result<std::string> next() {
    std::string word;
    while (!rest_.empty() && blanks.find(rest_[0]) == blanks.npos) {
      const char c = take();
      if (c == '\'' || c == '"') {
        const bool closed = c == '\'' ? single(word) : twice(word);
        if (!closed)
          return fail(Code::usage, "", "a quote is never closed; a quote itself is written with \\ before it");
      } else if (c != '\\') {
        word += c;
      } else if (rest_.empty()) {
        return fail(Code::usage, "", "nothing stands behind the last backslash; a backslash itself is written \\\\");
      } else {
        add_quoted(word, std::string(1, take()));
      }
    }
    return word;
  }

  bool single(std::string& word) {
    const std::size_t end = rest_.find('\'');
    if (end == rest_.npos) return false;
    add_quoted(word, rest_.substr(0, end));
    rest_.remove_prefix(end + 1);
    return true;
  }

  bool twice(std::string& word) {
    while (!rest_.empty()) {
      const char c = take();
      if (c == '"') return true;
      add_quoted(word, c == '\\' ? escaped() : std::string(1, c));
    }
    return false;
  }

  std::string escaped() {
    if (rest_.starts_with('"') || rest_.starts_with('\\')) return std::string(1, take());
    if (rest_.starts_with('x')) {
      const auto byte = from_hex(rest_.substr(1, 2));
      if (byte && byte->size() == 1) {
        rest_.remove_prefix(3);
        return *byte;
      }
    }
    return "\\";
  }

  std::string_view rest_;
};

}  // namespace

Result<std::vector<std::string>> split_patterns(std::string_view line) {
  return Splitter(line).run();
}

Result<std::vector<std::string>> split_words(std::string_view line) {
  auto words = split_patterns(line);
  if (!words) return words;
  for (std::string& word : *words) word = unquoted(word);
  return words;
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

std::vector<std::string> split_commands(std::string_view line) {
  std::vector<std::string> commands(1);
  char quote = 0, before = ' ';
  for (std::size_t i = 0; i < line.size(); before = line[i++]) {
    const char c = line[i];
    if (!quote && c == '#' && (before == ';' || blanks.find(before) != blanks.npos)) break;
    if (!quote && c == ';') {
      commands.emplace_back();
      continue;
    }
    commands.back() += c;
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      commands.back() += line[++i];
    } else if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? 0 : c;
    }
  }
  return commands;
}

}  // namespace dftp::cli
