#include "client/cli/verbs/command_line.h"

#include "client/cli/verbs/verbs.h"

namespace dftp::cli {
namespace {

std::unexpected<Error> with_hint(Error error, const Verb* verb) {
  error.detail += verb ? "; see dftp-cli help " + std::string(verb->name) : "; see dftp-cli --help";
  return std::unexpected(std::move(error));
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& words) {
  const std::string first = first_operand(words);
  const Verb* verb = Url::looks_like(first) ? nullptr : find_verb(first);
  auto line = parse_options(words, verb);
  if (!line) return with_hint(std::move(line.error()), verb);
  if (line->help || line->version || line->operands.empty()) return line;
  if (!Url::looks_like(first) && (!verb || verb->scope == Scope::session)) {
    return with_hint(
        {Code::usage, {}, first.empty() ? "''" : first, verb ? "only in a session" : "neither a URL nor a verb"},
        nullptr);
  }
  line->verb = verb;
  if (verb) line->operands.erase(line->operands.begin());
  return line;
}

}  // namespace dftp::cli
