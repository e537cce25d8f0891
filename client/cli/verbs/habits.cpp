#include "client/cli/verbs/habits.h"

#include <algorithm>

#include "client/cli/line/spelling.h"
#include "client/cli/line/words.h"
#include "client/cli/verbs/verbs.h"

namespace dftp::cli {
namespace {

constexpr std::string_view as_it_is = "files arrive byte for byte; there is no other mode";
constexpr std::string_view always_so = "data connections are always opened by the client";
constexpr std::string_view not_asked = "nothing is asked before each file";
constexpr std::string_view shown_anyway = "progress is shown on a terminal; -q leaves it out";
constexpr std::string_view by_open = "open dftp://USER@HOST/ goes on as another user or elsewhere";
constexpr std::string_view by_itself = "a connection that was lost is opened again by itself";

constexpr Habit habits[] = {
    {"binary", true, as_it_is},
    {"bin", true, as_it_is},
    {"image", true, as_it_is},
    {"ascii", true, as_it_is},
    {"type", true, as_it_is},
    {"passive", true, always_so},
    {"pasv", true, always_so},
    {"epsv", true, always_so},
    {"epsv4", true, always_so},
    {"prompt", true, not_asked},
    {"interactive", true, not_asked},
    {"hash", true, shown_anyway},
    {"tick", true, shown_anyway},
    {"progress", true, shown_anyway},
    {"bell", true, "no bell is rung"},
    {"glob", true, "patterns are always expanded; quotes keep a * as it is"},
    {"verbose", true, "dftp-cli -v says what is going on"},
    {"debug", true, "dftp-cli --trace shows what goes over the wire"},
    {"reconnect", true, by_itself},
    {"set", false, "dftp-cli --help lists the options, and ~/.config/dftp/config keeps them"},
    {"user", false, by_open},
    {"login", false, by_open},
    {"status", false, "doctor checks the connection, and who lists the sessions"},
    {"site", false, "exec lists what may be run on the server"},
    {"quote", false, "the protocol has no commands to type; --trace shows it"},
    {"less", false, "!dftp-cli cat URL | less shows a file by pages"},
    {"more", false, "!dftp-cli cat URL | less shows a file by pages"},
    {"edit", false, "get the file, change it, and put it back; dftp-mount lets an editor work on it"},
    {"lpage", false, "!less FILE shows a file here"},
    {"lcat", false, "!cat FILE shows a file here"},
    {"append", false, "a file is sent whole; dftp-mount lets programs append to it"},
    {"version", false, "dftp-cli --version says it"},
};

std::vector<std::string_view> known_words(bool in_session) {
  std::vector<std::string_view> words;
  for (const Verb& verb : all_verbs()) {
    if (!in_session && verb.scope == Scope::session) continue;
    words.push_back(verb.name);
  }
  return words;
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

std::string base_name(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

// lftp's mirror: what is there comes here, with -R the other way round.
Result<std::vector<std::string>> mirror(const std::vector<std::string>& words) {
  std::vector<std::string> command{"sync"}, operands;
  bool reverse = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-R" || word == "--reverse") {
      reverse = true;
    } else if (word == "-e" || word == "--delete") {
      command.emplace_back("--delete");
    } else if (word == "-c" || word == "--continue") {
      continue;  // it goes on in any case
    } else if (is_option(word) && word != "-n" && !word.starts_with("--")) {
      return fail(Code::usage, "mirror", word + " is not known here; sync has other options: help sync");
    } else {
      (is_option(word) ? command : operands).push_back(word);
    }
  }
  if (operands.empty() || operands.size() > 2)
    return fail(Code::usage, "mirror", "takes SOURCE and TARGET: sync :PATH LOCAL, with -R sync LOCAL :PATH");
  if (operands.size() == 1) operands.push_back(base_name(operands[0]));
  operands[reverse ? 1 : 0].insert(0, ":");
  command.insert(command.end(), operands.begin(), operands.end());
  return command;
}

}  // namespace

const Habit* find_habit(std::string_view name) {
  const auto found = std::ranges::find(habits, name, &Habit::name);
  return found == std::end(habits) ? nullptr : &*found;
}

Result<std::vector<std::string>> in_our_words(std::vector<std::string> words) {
  if (!words.empty() && unquoted(words.front()) == "mirror") return mirror(words);
  return words;
}

std::string not_a_verb(std::string_view word, bool in_session) {
  if (const Habit* habit = find_habit(word)) return "is not a command here: " + std::string(habit->note);
  const std::string_view what = in_session ? "no such command" : "neither a URL nor a verb";
  const std::string meant = meant_instead(word, known_words(in_session));
  if (!meant.empty()) return std::string(what) + meant;
  if (in_session) return std::string(what) + "; help lists them";
  return std::string(what) +
         "; a server is written dftp://HOST/, USER@HOST or HOST:, and dftp-cli --help lists the verbs";
}

}  // namespace dftp::cli
