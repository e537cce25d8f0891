// What people type who are used to ftp, lftp and sftp. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::cli {

// What there is to say of a command that needs nothing to be done here (binary, passive, prompt), or that goes another
// way; empty: nothing is known of it.
struct Habit {
  std::string_view name;
  bool harmless;  // a script may hold it: it is said, and no failure
  std::string_view note;
};
const Habit* find_habit(std::string_view name);

// The words of a command in a session as dftp has them, where they are another tool's: mirror. Code::usage.
Result<std::vector<std::string>> in_our_words(std::vector<std::string> words);

// Of a word that is no verb: what to say of it, a hint included.
std::string not_a_verb(std::string_view word, bool in_session);

}  // namespace dftp::cli
