#include "client/cli/verbs.h"

#include <algorithm>

#include "client/cli/handlers.h"

namespace dftp::cli {
namespace {

// A row is a paragraph.
// clang-format off
constexpr std::size_t any = SIZE_MAX;

constexpr std::string_view transfer_options = "recursive md5 streams no-resume overwrite";

constexpr Verb verbs[] = {
    {"ls", "dir", Scope::anywhere, Operands::remote, {1, 0, any}, "long", {"[-l] URL...", "[-l] [PATH...]"},
     "list names",
     "Names are sorted by their bytes: in columns on a terminal, else one a line and exactly as they are.\n",
     list},
    {"get", "", Scope::anywhere, Operands::remote_to_local, {1, 1, any}, transfer_options,
     {"[-r] URL... [LOCAL]", "[-r] PATH... [LOCAL]"},
     "fetch files",
     "Into LOCAL if that is a directory (default: here), else under exactly that name; - is standard output.\n"
     "With -r a directory becomes LOCAL itself, unless LOCAL ends with / or is '.'. In a session the last of several\n"
     "operands is LOCAL. What an interrupted call left is verified and used; give the same call again to go on.\n",
     get},
    {"put", "", Scope::anywhere, Operands::local_to_remote, {2, 1, any}, transfer_options,
     {"[-r] LOCAL... URL", "[-r] LOCAL... [PATH]"},
     "send files",
     "Into the directory that URL names, else under exactly that name; - is standard input. With -r a directory\n"
     "becomes URL itself, unless URL ends with /. In a session the last of several operands is the target. What an\n"
     "interrupted call left is verified and used; give the same call again to go on.\n",
     put},
    {"cat", "", Scope::anywhere, Operands::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "write files to standard output",
     "Every byte is verified before it is written.\n",
     cat},
    {"stat", "", Scope::anywhere, Operands::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "show what is known of a file",
     "A symbolic link is shown itself.\n",
     stat},
    {"md5", "", Scope::anywhere, Operands::remote, {1, 1, any}, "", {"URL...", "PATH..."},
     "MD5 of files, as md5sum prints it",
     "Computed by the server. In a call of its own the names are paths from the shared directory on, so that\n"
     "md5sum -c can check a copy of it.\n",
     md5},
    {"mkdir", "", Scope::anywhere, Operands::remote, {1, 1, any}, "parents", {"[-p] URL...", "[-p] PATH..."},
     "make directories",
     "",
     make_directories},
    {"rm", "", Scope::anywhere, Operands::remote, {1, 1, any}, "recursive", {"[-r] URL...", "[-r] PATH..."},
     "remove files; with -r also directories",
     "A symbolic link is removed itself.\n",
     remove},
    {"mv", "", Scope::anywhere, Operands::remote, {2, 2, any}, "no-replace", {"[-n] URL... URL", "[-n] PATH... PATH"},
     "rename, or move into a directory",
     "",
     move},
    {"ln", "", Scope::anywhere, Operands::word_to_remote, {2, 2, 2}, "symbolic", {"-s TARGET URL", "-s TARGET PATH"},
     "make a symbolic link",
     "TARGET is stored as it is; a relative one counts from the directory that the link is in.\n",
     make_link},
    {"chmod", "", Scope::anywhere, Operands::word_to_remote, {2, 2, any}, "", {"MODE URL...", "MODE PATH..."},
     "set permission bits",
     "MODE is octal, from 0 to 777. A symbolic link is followed.\n",
     change_mode},
    {"df", "", Scope::anywhere, Operands::remote, {1, 0, any}, "", {"URL...", "[PATH...]"},
     "show the space on the server's disk",
     "Of the file system that holds each path.\n",
     show_space},
    {"echo", "", Scope::anywhere, Operands::server_words, {2, 1, any}, "", {"URL TEXT...", "TEXT..."},
     "have the server say it back",
     "Also shows how long that took, on standard error: whether the server is there, and how far away.\n",
     echo},
    {"who", "", Scope::anywhere, Operands::server_words, {1, 0, 1}, "", {"URL", ""},
     "list who is logged in",
     "The session that asks is marked with a star.\n",
     who},
    {"say", "", Scope::anywhere, Operands::server_words, {2, 1, any}, "user", {"[-u USER] URL TEXT...", "[-u USER] TEXT..."},
     "say something to the others",
     "To all who are logged in, or to all sessions of USER. They see it above their prompt; a call or script of theirs\n"
     "shows it only with --verbose. Control characters are made visible.\n",
     say},
    {"exec", "", Scope::anywhere, Operands::server_words, {1, 0, any}, "input encoding",
     {"[-i] URL [-- NAME WORD...]", "[-- NAME WORD...]"},
     "run a command on the server",
     "One of those that its operator allows; without a NAME they are listed. It runs in the directory that URL names, in\n"
     "a session in the current one. In a call of its own the exit code is the command's, 128 and the number of the signal\n"
     "that killed it, or 125 where it could not be run or took too much. -- keeps its options from being dftp-cli's.\n",
     exec},
    {"cd", "", Scope::session, Operands::remote, {0, 0, 1}, "", {"", "[PATH]"},
     "change the directory there (default: /)",
     "",
     change_directory},
    {"pwd", "", Scope::session, Operands::words, {0, 0, 0}, "", {"", ""},
     "show the directory there",
     "",
     print_directory},
    {"lcd", "", Scope::session, Operands::local, {0, 0, 1}, "", {"", "[LOCAL]"},
     "change the directory here (default: home)",
     "",
     change_local_directory},
    {"lpwd", "", Scope::session, Operands::words, {0, 0, 0}, "", {"", ""},
     "show the directory here",
     "",
     print_local_directory},
    {"help", "?", Scope::anywhere, Operands::words, {0, 0, 1}, "", {"[VERB]", "[VERB]"},
     "explain",
     "",
     help},
    {"close", "quit bye exit", Scope::session, Operands::words, {0, 0, 0}, "", {"", ""},
     "end the session",
     "",
     close},
};
// clang-format on

}  // namespace

std::span<const Verb> all_verbs() {
  return verbs;
}

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view next = list.substr(0, list.find(' '));
    if (next == word) return true;
    list.remove_prefix(std::min(next.size() + 1, list.size()));
  }
  return false;
}

const Verb* find_verb(std::string_view name) {
  const auto found =
      std::ranges::find_if(verbs, [&](const Verb& verb) { return verb.name == name || has_word(verb.aliases, name); });
  return found == std::end(verbs) ? nullptr : &*found;
}

Result<void> check_count(const Verb& verb, std::size_t operands, bool in_session) {
  const std::string name(verb.name);
  const std::string usage_line =
      "usage: " + name + " " + std::string(in_session ? verb.synopsis.in_session : verb.synopsis.alone);
  if (operands < (in_session ? verb.count.least_in_session : verb.count.least)) {
    return fail(Code::usage, name, "something is missing; " + usage_line);
  }
  if (operands > verb.count.most) return fail(Code::usage, name, "too many words; " + usage_line);
  return {};
}

}  // namespace dftp::cli
