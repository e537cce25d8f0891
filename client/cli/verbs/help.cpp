#include "client/cli/verbs/help.h"

#include "client/cli/line/display.h"
#include "client/cli/line/options.h"

namespace dftp::cli {
namespace {

constexpr std::string_view usage =
    "dftp-cli [options] URL             an interactive session\n"
    "dftp-cli [options] -c COMMANDS URL or -f FILE URL: a script\n"
    "dftp-cli [options] VERB ...        one command\n";

constexpr std::string_view urls =
    "URL: dftp://[USER@]HOST[:PORT]/PATH or dftp+unix://[USER@]/SOCKET:/PATH, percent-encoded. USER@HOST, HOST:PATH, "
    "HOST:PORT/PATH and names of ~/.config/dftp/config need no dftp://.";
constexpr std::string_view secrets =
    "Passwords come from --password-file, $DFTP_PASSWORD, ~/.netrc or the prompt; keys from --key, the ssh-agent or "
    "~/.ssh/id_ed25519.";
constexpr std::string_view exit_codes =
    "Exit codes: 0 all done, 1 some items failed, 2 usage, 3 no connection, 4 server identity, 5 login, 6 not found, "
    "7 denied, 8 no space or quota, 9 integrity, 10 source changed, 11 exists, 130 interrupted. A session whose input "
    "is not a terminal exits with the code of the last command that failed.";

constexpr std::size_t synopsis_width = 26;

bool offered(const Verb& verb, bool in_session) {
  return in_session || verb.scope != Scope::session;
}

std::string group_lines(const VerbGroup& group, bool in_session) {
  std::string lines;
  for (const Verb& verb : all_verbs()) {
    if (!has_word(group.verbs, verb.name) || !offered(verb, in_session)) continue;
    const std::string_view synopsis = in_session ? verb.synopsis.in_session : verb.synopsis.alone;
    lines += help_row("  " + std::string(verb.name) + " " + std::string(synopsis), verb.summary, synopsis_width);
  }
  return lines;
}

std::string verb_lines(bool in_session) {
  std::string text;
  for (const VerbGroup& group : verb_groups()) {
    const std::string lines = group_lines(group, in_session);
    if (!lines.empty()) text += (text.empty() ? "" : "\n") + std::string(group.title) + ":\n" + lines;
  }
  return text;
}

}  // namespace

std::span<const VerbGroup> verb_groups() {
  static constexpr VerbGroup groups[] = {
      {"Transfers", "get put mget mput sync cat verify"},
      {"Files and directories", "ls stat find du df md5 diff mkdir rmdir rm mv cp touch ln chmod"},
      {"As it happens", "tail watch"},
      {"The server and others", "doctor discover who say echo exec"},
      {"Where you are", "cd pwd lcd lpwd lls lmkdir open close bookmark"},
      {"In the background", "queue jobs wait cancel"},
      {"More", "help history completions complete quit"},
  };
  return groups;
}

std::string program_help() {
  return std::string(usage) + "\n" + verb_lines(false) + "\nOptions:\n" + global_options_help() +
         "\nOptions of a session or script:\n" + session_options_help() + "\n" + filled(urls) + "\n" + filled(secrets) +
         "\n" + filled(exit_codes) + "\ndftp-cli help VERB says more about a verb and its options.\n";
}

std::string session_help() {
  std::string text;
  for (const VerbGroup& group : verb_groups())
    text += help_row(std::string(group.title) + ":", group.verbs, synopsis_width);
  return text + "\n" +
         filled(
             "help VERB explains one of them, help all says of each what it does. "
             "Words are separated by blanks; 'quotes', \"quotes\" and \\ keep them together. "
             "; separates commands, & puts one into the background, and ! before a command gives it to "
             "your shell.");
}

std::string session_help_of_all() {
  return verb_lines(true);
}

std::string verb_help(const Verb& verb) {
  std::string text;
  if (verb.scope == Scope::anywhere) {
    text += "dftp-cli [options] " + std::string(verb.name) + " " + std::string(verb.synopsis.alone) + "\n";
  }
  text += "in a session: " + std::string(verb.name) + " " + std::string(verb.synopsis.in_session) + "\n";
  if (!verb.aliases.empty()) text += "also called: " + std::string(verb.aliases) + "\n";
  text += "\n" + filled(verb.summary) + filled(verb.details);
  if (const std::string options = verb_options_help(verb); !options.empty()) text += "\n" + options;
  return text;
}

}  // namespace dftp::cli
