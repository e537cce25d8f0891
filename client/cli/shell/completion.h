// What a half-typed line is about, and what completes it. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/cli/shell/editor.h"

namespace dftp::cli {

// The end of a line: the word that is being typed, and the words before it.
struct HalfTyped {
  std::vector<std::string> words;  // of its command; plain
  std::string word;                // plain, as far as it is there
  bool local = false;              // of a command of this machine's
  bool home = false;               // the word begins with a ~ that stands for a home directory
  char quote = 0;                  // ' or " when it is open
  std::size_t bytes = 0;           // of the line that `word` takes
};
HalfTyped half_typed(const std::string& before);

// `text` as it is typed: within a quote that was opened (' or "), or with backslashes. One that the quote cannot hold
// is put into another. `home`: its ~ at the beginning stays as it is.
std::string as_typed(const std::string& text, char quote, bool home = false);

struct CompletionCandidate {
  std::string text;      // the whole word
  bool goes_on = false;  // a directory: more may follow
};
// The only candidate that begins as the word does, or what several have in common, or else all of them as choices: by
// their last names.
Completion complete_word(const HalfTyped& typed, std::vector<CompletionCandidate> candidates);

}  // namespace dftp::cli
