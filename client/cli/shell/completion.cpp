#include "client/cli/shell/completion.h"

#include <algorithm>

#include "client/cli/line/line.h"
#include "client/cli/line/words.h"

namespace dftp::cli {
namespace {

constexpr std::string_view escaped = " \t'\"\\*?[~;&|<>#!";

// Bytes that no quote but "\xNN" can hold.
bool is_text(const std::string& text) {
  return printable(text) == text;
}

std::string in_double_quotes(const std::string& text) {
  std::string typed = "\"";
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\"\\", begin), text.size());
    typed += printable(text.substr(begin, end - begin));
    if (end < text.size()) typed += std::string("\\") + text[end];
    begin = end + 1;
  }
  return typed;
}

std::string common_beginning(const std::vector<CompletionCandidate>& candidates) {
  std::string common = candidates.front().text;
  for (const CompletionCandidate& candidate : candidates) {
    const auto [end, other] = std::ranges::mismatch(common, candidate.text);
    common.erase(end, common.end());
  }
  // Not in the middle of a character.
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  const std::string& whole = candidates.front().text;
  while (!common.empty() && common.size() < whole.size() && continues(whole[common.size()])) common.pop_back();
  return common;
}

std::string choice_of(const CompletionCandidate& candidate) {
  const std::size_t end = candidate.text.size() - (candidate.text.ends_with('/') ? 1 : 0);
  const std::size_t slash = end == 0 ? std::string::npos : candidate.text.rfind('/', end - 1);
  return printable(candidate.text.substr(slash == std::string::npos ? 0 : slash + 1));
}

}  // namespace

HalfTyped half_typed(const std::string& before) {
  const LineEnd end = line_end(before);
  HalfTyped typed{{}, unquoted(end.word), end.local, end.word.starts_with('~'), end.quote, before.size() - end.begin};
  for (const std::string& word : end.words) typed.words.push_back(unquoted(word));
  return typed;
}

std::string as_typed(const std::string& text, char quote, bool home) {
  if (home) return text[0] + as_typed(text.substr(1), quote);
  if (!is_text(text) || (quote == '\'' && text.find('\'') != text.npos)) quote = '"';
  if (quote == '"') return in_double_quotes(text);
  if (quote) return quote + text;
  std::string typed;
  for (const char c : text) {
    if (escaped.find(c) != escaped.npos) typed += '\\';
    typed += c;
  }
  return typed;
}

Completion complete_word(const HalfTyped& typed, std::vector<CompletionCandidate> candidates) {
  std::erase_if(candidates,
                [&](const CompletionCandidate& candidate) { return !candidate.text.starts_with(typed.word); });
  if (candidates.empty()) return {};
  if (candidates.size() == 1) {
    std::string word = as_typed(candidates[0].text, typed.quote, typed.home);
    const char first = word[typed.home ? 1 : 0];
    const bool open = first == '"' || first == '\'';
    if (!candidates[0].goes_on) word += open ? std::string(1, first) + " " : " ";
    return {typed.bytes, std::move(word), {}};
  }
  const std::string common = common_beginning(candidates);
  if (common.size() > typed.word.size()) return {typed.bytes, as_typed(common, typed.quote, typed.home), {}};
  Completion completion;
  for (const CompletionCandidate& candidate : candidates) completion.choices.push_back(choice_of(candidate));
  std::ranges::sort(completion.choices);
  return completion;
}

}  // namespace dftp::cli
