#include "client/cli/verbs/help.h"

#include "client/cli/line/display.h"
#include "client/cli/line/options.h"

namespace dftp::cli {
namespace {

constexpr std::string_view usage =
    "dftp-cli [options] URL          an interactive session\n"
    "dftp-cli [options] -c COMMANDS URL, or -f FILE URL: a script\n"
    "dftp-cli [options] VERB ...     one command\n";

constexpr std::string_view sources =
    "URL: dftp://[USER@]HOST[:PORT]/PATH  or  dftp+unix://[USER@]/SOCKET:/PATH, percent-encoded\n"
    "Passwords come from --password-file, $DFTP_PASSWORD, ~/.netrc or the prompt; keys from --key, the ssh-agent or\n"
    "~/.ssh/id_ed25519. dftp-cli help VERB says more about a verb and its options.\n";

constexpr std::string_view exit_codes =
    "Exit codes: 0 all done, 1 some items failed, 2 usage, 3 no connection, 4 server identity, 5 login, 6 not found,\n"
    "7 denied, 8 no space or quota, 9 integrity, 10 source changed, 11 exists, 130 interrupted.\n"
    "A session whose input is no terminal exits with the code of the last command that failed.\n";

std::string verb_lines(bool in_session) {
  std::string text;
  for (const Verb& verb : all_verbs()) {
    if (!in_session && verb.scope == Scope::session) continue;
    const std::string_view synopsis = in_session ? verb.synopsis.in_session : verb.synopsis.alone;
    text += left("  " + std::string(verb.name) + " " + std::string(synopsis), 38) + "  ";
    text += verb.summary;
    text += '\n';
  }
  return text;
}

}  // namespace

std::string program_help() {
  std::string text(usage);
  text += "\nVerbs:\n";
  text += verb_lines(false);
  text += "\nOptions:\n";
  text += global_options_help();
  text += "\nOptions of a session or script:\n";
  text += session_options_help();
  text += "\n";
  text += sources;
  text += "\n";
  text += exit_codes;
  return text;
}

std::string session_help() {
  return verb_lines(true) +
         "Words are separated by blanks; 'quotes', \"quotes\" and \\ keep them together. help VERB says more.\n";
}

std::string verb_help(const Verb& verb) {
  std::string text;
  if (verb.scope == Scope::anywhere) {
    text += "dftp-cli [options] " + std::string(verb.name) + " " + std::string(verb.synopsis.alone) + "\n";
  }
  text += "in a session: " + std::string(verb.name) + " " + std::string(verb.synopsis.in_session) + "\n";
  if (!verb.aliases.empty()) text += "also called: " + std::string(verb.aliases) + "\n";
  text += "\n" + std::string(verb.summary) + "\n" + std::string(verb.details);
  if (const std::string options = verb_options_help(verb); !options.empty()) text += "\n" + options;
  return text;
}

}  // namespace dftp::cli
