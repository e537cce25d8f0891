// The command line: one table of options, read by cxxopts. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/cli/line/find_words.h"
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
  std::optional<std::chrono::seconds> connect_timeout;
  std::optional<std::chrono::seconds> timeout;  // of the whole run
  std::uint64_t limit_rate = 0;                 // bytes a second; 0: none
  std::string log_file;                         // empty: none
  std::optional<std::string> trace_file;        // empty: standard error
  std::optional<std::chrono::seconds> wait;     // for a server that is not up yet
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  // Of a session only: commands that nobody types.
  std::vector<std::string> commands;
  std::string script;  // a file's name, "-" for standard input; empty: none
  bool keep_going = false;
};

// Of --exclude, --include and --exclude-from, in the order in which they were given.
struct PatternOption {
  enum class Kind { exclude, include, file };
  Kind kind = Kind::exclude;
  std::string text;
};

// What a verb can be told.
struct Flags {
  bool details = false;        // ls -l
  bool hidden = false;         // ls -a
  bool by_time = false;        // ls -t
  bool by_size = false;        // ls -S
  bool reverse = false;        // ls -r
  bool single_column = false;  // ls -1
  bool descend = false;        // ls -R
  bool itself = false;         // ls -d
  bool recursive = false;      // get, put, rm
  bool force = false;          // rm -f
  bool parents = false;        // mkdir -p
  bool replace = true;         // mv -n: false
  bool symbolic = false;       // ln -s
  bool preserve = false;       // get: modes exactly
  bool md5 = false;
  bool resume = true;
  std::uint32_t streams = 0;  // 0: chosen by the transfer
  Overwrite overwrite = Overwrite::changed;
  bool human = false;                  // df, du
  bool summary = false;                // du
  bool create = true;                  // touch
  bool follow = false;                 // tail
  std::uint64_t lines = 10;            // tail
  std::string name;                    // find: a pattern
  std::vector<FileType> types;         // find
  SizeRange size;                      // find
  std::optional<std::int64_t> newer;   // find: nanoseconds since 1970
  std::optional<std::uint32_t> depth;  // find, du
  std::string if_version;              // empty: any
  std::string backup;                  // what is put behind an old file's name; empty: it goes
  std::string job;
  bool wait_for_job = false;
  std::string receipt;  // a file to write it to; empty: none
  // sync
  bool remove = false;
  std::size_t max_removed = SIZE_MAX;
  bool checksum = false;
  bool no_modes = false;
  std::chrono::seconds modify_window{0};
  bool dry_run = false;
  std::vector<PatternOption> patterns;
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

// The word that is neither an option nor the value of one: the verb or the URL. Which options there are depends on it.
std::string first_operand(const std::vector<std::string>& words);

// The options of a call with this verb (nullptr: of a session or script), and the operands: the first one too, and no
// verb yet. Code::usage names the option.
Result<CommandLine> parse_options(const std::vector<std::string>& words, const Verb* verb);

struct ParsedVerb {
  Flags flags;
  std::vector<std::string> operands;
};
// What stands behind a verb in a session, as split_line() has it: its own options only, their values plain; the
// operands stay patterns.
Result<ParsedVerb> parse_verb_words(const Verb& verb, const std::vector<std::string>& words);

// "--long" and so on, for completion.
std::vector<std::string> option_words(const Verb& verb);

// Lines of help for the options that hold for the whole run, for those of a session or script, and for those of a verb
// (empty: it has none).
std::string global_options_help();
std::string session_options_help();
std::string verb_options_help(const Verb& verb);

// An option as it is shown; without a letter that stands for another one there.
struct ShownOption {
  char letter = 0;
  std::string_view name, value, help;
};
// Those of a call with this verb; nullptr: those of a session or script.
std::vector<ShownOption> shown_options(const Verb* verb);

}  // namespace dftp::cli
