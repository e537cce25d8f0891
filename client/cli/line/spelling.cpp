#include "client/cli/line/spelling.h"

#include <algorithm>

namespace dftp::cli {
namespace {

// Optimal string alignment: Levenshtein's distance, with an exchange of two neighbours as one step.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t longest = 32;  // what is longer is no slip of the fingers
  if (word.empty() || word.size() > longest) return {};
  std::string typed(word);
  for (char& c : typed) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  std::string_view found;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    const std::size_t steps = distance(typed, candidate);
    // Two letters are never far from two others.
    if (steps >= least || steps >= std::min(typed.size(), candidate.size())) continue;
    found = candidate;
    least = steps;
  }
  return found;
}

std::string meant_instead(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view found = nearest(word, known);
  return found.empty() ? std::string() : "; did you mean " + std::string(found) + "?";
}

}  // namespace dftp::cli
