// The command line: one table of options, read by cxxopts. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/message.h"

namespace dftp::cli {

struct Verb;

// What holds for the whole run.
struct Settings {
  std::vector<std::string> keys;
  std::string password_file;
  std::string fingerprint;
  std::string authorities;
  bool accept_new = false;
  bool plain_data = false;
  std::optional<int> retries;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
};

// What a verb can be told.
struct Flags {
  bool details = false;    // ls -l
  bool recursive = false;  // get, put, rm
  bool parents = false;    // mkdir -p
  bool replace = true;     // mv -n: false
  bool symbolic = false;   // ln -s
  bool md5 = false;
  bool resume = true;
  std::uint32_t streams = 0;  // 0: chosen by the transfer
  Overwrite overwrite = Overwrite::changed;
  std::string user;      // say -u
  bool input = false;    // exec -i
  std::string encoding;  // of what a command writes; empty: as it is
};

struct CommandLine {
  Settings settings;
  bool help = false;
  bool version = false;
  const Verb* verb = nullptr;  // nullptr: an interactive session
  Flags flags;
  std::vector<std::string> operands;  // behind the verb; of a session the URL
};

// `words` without the program's name. Code::usage names the option, and where to read more.
Result<CommandLine> parse_command_line(const std::vector<std::string>& words);

struct ParsedVerb {
  Flags flags;
  std::vector<std::string> operands;
};
// What stands behind a verb in a session: its own options only.
Result<ParsedVerb> parse_verb_words(const Verb& verb, const std::vector<std::string>& words);

// Lines of help for the options that hold for the whole run, and for those of a verb (empty: it has none).
std::string global_options_help();
std::string verb_options_help(const Verb& verb);

}  // namespace dftp::cli
