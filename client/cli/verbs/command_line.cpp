#include "client/cli/verbs/command_line.h"

#include <algorithm>

#include "client/cli/line/words.h"
#include "client/cli/verbs/habits.h"
#include "client/cli/verbs/verbs.h"

namespace dftp::cli {
namespace {

std::unexpected<Error> with_hint(Error error, const Verb* verb) {
  error.detail += error.detail.ends_with('?') ? " See dftp-cli " : "; see dftp-cli ";
  error.detail += verb ? "help " + std::string(verb->name) : "--help";
  return std::unexpected(std::move(error));
}

}  // namespace

Result<CommandLine> parse_command_line(std::vector<std::string> words, const Preferences& preferences) {
  std::string first = first_operand(words);
  if (const auto* alias = preferences.alias(first); alias && !first.empty()) {
    const auto place = words.erase(std::ranges::find(words, first));
    std::vector<std::string> meant;
    for (const std::string& word : *alias) meant.push_back(unquoted(word));
    words.insert(place, meant.begin(), meant.end());
    first = meant.front();
  }
  const bool is_url = Url::looks_like(first);
  const Verb* verb = is_url ? nullptr : find_verb(first);
  auto line = parse_options(words, verb);
  if (!line) return with_hint(std::move(line.error()), verb);
  if (line->help || line->version) return line;
  if (line->operands.empty()) {
    if (words.empty()) return line;
    return with_hint({Code::usage, {}, {}, "a URL or a verb is missing"}, nullptr);
  }
  // A name alone may be that of a server where it cannot be a slip of the fingers.
  const bool host = line->operands.size() == 1 && (first == "localhost" || first.find('.') != first.npos);
  const bool server = is_url || may_be_server(first, preferences) || host;
  if (verb ? verb->scope == Scope::session : !server) {
    return fail(Code::usage, first.empty() ? "''" : first,
                verb ? "only in a session; see dftp-cli --help" : not_a_verb(first, false));
  }
  line->verb = verb;
  if (verb) line->operands.erase(line->operands.begin());
  return line;
}

}  // namespace dftp::cli
