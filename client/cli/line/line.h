// The language of a session, of -c, of a script and of standard input: one lexer reads all of them. Pure.
//
// Blanks separate words. 'single quotes' keep everything, "double quotes" everything but \", \\ and \xNN (the byte NN:
// what a listing shows for bytes that are no text can be typed), a backslash keeps the next character. A word that
// begins with # ends the line, ; ends a command, and & as a word of its own ends it and puts it into the background. A
// - before a command says that it may fail. What stands behind a ! before a command is the local shell's, to the end of
// the line. The shell's operators && || | < > are no part of the language and are refused where no quote keeps them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::cli {

struct TypedCommand {
  // As it was typed, without what stands before and behind it; of a local command what the shell gets.
  std::string text;
  // Characters with a meaning of their own in a word (* ? [ ~ \) have a backslash before them where they were quoted:
  // client/cli/line/words.h. Empty for a local command.
  std::vector<std::string> words;
  bool local = false;
  bool background = false;
  bool may_fail = false;
};

// The commands of a line; empty ones are left out. Code::usage for what is not of the language.
Result<std::vector<TypedCommand>> split_line(std::string_view line);

// The end of a line that is being typed.
struct LineEnd {
  std::vector<std::string> words;  // of its last command, before the last word
  std::string word;                // the last one, as far as it is there; empty behind a blank
  bool local = false;              // of a local command
  char quote = 0;                  // ' or " when it is open
  std::size_t begin = 0;           // of the last word in the line
};
LineEnd line_end(std::string_view line);

}  // namespace dftp::cli
