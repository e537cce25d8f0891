#include "client/cli/options.h"

#include <algorithm>
#include <charconv>
#include <cxxopts.hpp>

#include "client/cli/display.h"
#include "client/cli/verbs.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

using Applied = Result<void>;

// What an option that takes none has for a value.
constexpr std::string_view no_value = "given";

struct Option {
  char letter;  // 0: none
  std::string_view name;
  std::string_view value;  // what stands for it in the help; empty: takes none
  std::string_view help;
  bool global;  // else only for the verbs that name it
  Applied (*apply)(CommandLine& line, const std::string& value);
};

template <bool Flags::* Member, bool Value>
Applied set(CommandLine& line, const std::string&) {
  line.flags.*Member = Value;
  return {};
}

template <bool Settings::* Member>
Applied turn_on(CommandLine& line, const std::string&) {
  line.settings.*Member = true;
  return {};
}

template <std::string Settings::* Member>
Applied keep(CommandLine& line, const std::string& value) {
  line.settings.*Member = value;
  return {};
}

template <class Number>
Result<Number> number_in(const std::string& text, Number least, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number >= least && number <= most) return number;
  return fail(Code::usage, "", "takes a number from " + std::to_string(least) + " to " + std::to_string(most));
}

Applied set_retries(CommandLine& line, const std::string& value) {
  const auto number = number_in<int>(value, 0, 1'000'000);
  if (!number) return std::unexpected(number.error());
  line.settings.retries = *number;
  return {};
}

Applied set_streams(CommandLine& line, const std::string& value) {
  const auto number = number_in<std::uint32_t>(value, 1, limits::streams_per_transfer);
  if (!number) return std::unexpected(number.error());
  line.flags.streams = *number;
  return {};
}

template <std::string Flags::* Member>
Applied keep_flag(CommandLine& line, const std::string& value) {
  line.flags.*Member = value;
  return {};
}

Applied set_overwrite(CommandLine& line, const std::string& value) {
  const auto overwrite = parse_enum(value, Overwrite{});
  if (!overwrite) return fail(Code::usage, "", "takes never, changed or always");
  line.flags.overwrite = *overwrite;
  return {};
}

Applied set_fingerprint(CommandLine& line, const std::string& value) {
  constexpr std::string_view prefix = "SHA256:";
  constexpr std::size_t digits = 43;  // 32 bytes in base64 without padding
  if (!value.starts_with(prefix) || value.size() != prefix.size() + digits) {
    return fail(Code::usage, "", "takes SHA256: and 43 characters, as dftp-server prints it");
  }
  line.settings.fingerprint = value;
  return {};
}

Applied add_key(CommandLine& line, const std::string& value) {
  line.settings.keys.push_back(value);
  return {};
}

template <bool CommandLine::* Member>
Applied show(CommandLine& line, const std::string&) {
  line.*Member = true;
  return {};
}

constexpr Option options[] = {
    {'l', "long", "", "mode, size, time and link target of each name", false, set<&Flags::details, true>},
    {'r', "recursive", "", "directories with all that is in them", false, set<&Flags::recursive, true>},
    {'p', "parents", "", "make missing parents; an existing directory is no error", false, set<&Flags::parents, true>},
    {'n', "no-replace", "", "fail when the new name is taken", false, set<&Flags::replace, false>},
    {'s', "symbolic", "", "must be given: there are no other links", false, set<&Flags::symbolic, true>},
    {0, "md5", "", "print each file's MD5 as md5sum does, compared at both ends", false, set<&Flags::md5, true>},
    {0, "streams", "N", "data connections, 1 to 16 (default: found out on the way)", false, set_streams},
    {0, "no-resume", "", "throw away what an interrupted attempt left", false, set<&Flags::resume, false>},
    {0, "overwrite", "WHEN", "never, changed (size or time differ; the default) or always", false, set_overwrite},
    {'u', "user", "USER", "only to the sessions of this user", false, keep_flag<&Flags::user>},
    {'i', "input", "", "the command reads this program's standard input", false, set<&Flags::input, true>},
    {0, "encoding", "NAME", "what the command writes is in this encoding; show it as UTF-8", false,
     keep_flag<&Flags::encoding>},
    {0, "password-file", "FILE", "the password is the first line of FILE", true, keep<&Settings::password_file>},
    {0, "key", "FILE", "log in with this OpenSSH Ed25519 key (may be repeated)", true, add_key},
    {0, "accept-new", "", "remember a server that is not known yet, without asking", true,
     turn_on<&Settings::accept_new>},
    {0, "fingerprint", "SHA256:...", "the server must have this fingerprint", true, set_fingerprint},
    {0, "ca", "FILE", "the server's certificate must be signed by a CA in FILE (PEM)", true,
     keep<&Settings::authorities>},
    {0, "plain-data", "", "file data without encryption, where the server allows it", true,
     turn_on<&Settings::plain_data>},
    {0, "retries", "N", "attempts in a row to reach a lost server (default: 10 for get and put, else 0)", true,
     set_retries},
    {'v', "verbose", "", "say of each transfer what held it up", true, turn_on<&Settings::verbose>},
    {'q', "quiet", "", "no progress, no summary", true, turn_on<&Settings::quiet>},
    {0, "json", "", "one JSON object a line on standard output", true, turn_on<&Settings::json>},
    {'h', "help", "", "this help; with a verb, its help", true, show<&CommandLine::help>},
    {'V', "version", "", "the version", true, show<&CommandLine::version>},
};

bool belongs_to(const Option& option, const Verb& verb) {
  return has_word(verb.options, option.name);
}

std::string declared(const Option& option) {
  return (option.letter ? std::string(1, option.letter) + "," : std::string()) + std::string(option.name);
}

// Every option that `offered` lets through; what is no option goes to line.operands.
template <class Offered>
Result<CommandLine> parse(const std::vector<std::string>& words, Offered offered) {
  cxxopts::Options declaration("dftp-cli");
  for (const Option& option : options) {
    if (!offered(option)) continue;
    const auto value = cxxopts::value<std::string>();
    if (option.value.empty()) value->implicit_value(std::string(no_value));
    declaration.add_options()(declared(option), std::string(option.help), value);
  }
  std::vector<const char*> arguments = {"dftp-cli"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  CommandLine line;
  try {
    const auto parsed = declaration.parse(static_cast<int>(arguments.size()), arguments.data());
    for (const auto& given : parsed.arguments()) {
      const auto option = std::ranges::find(options, std::string_view(given.key()), &Option::name);
      if (option->value.empty() && given.value() != no_value) {
        return fail(Code::usage, "--" + given.key(), "takes no value");
      }
      if (auto applied = option->apply(line, given.value()); !applied) {
        return fail(Code::usage, "--" + given.key(), applied.error().detail);
      }
    }
    line.operands = parsed.unmatched();
  } catch (const cxxopts::exceptions::exception& error) {
    return fail(Code::usage, "", error.what());
  }
  return line;
}

std::unexpected<Error> with_hint(Error error, const Verb* verb) {
  error.detail += verb ? "; see dftp-cli help " + std::string(verb->name) : "; see dftp-cli --help";
  return std::unexpected(std::move(error));
}

template <class Shown>
std::string help_for(Shown shown) {
  std::string text;
  for (const Option& option : options) {
    if (!shown(option)) continue;
    std::string names = option.letter ? std::string("  -") + option.letter + ", --" : "      --";
    names += option.name;
    if (!option.value.empty()) names += " " + std::string(option.value);
    text += left(names, 30) + "  " + std::string(option.help) + "\n";
  }
  return text;
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& words) {
  // Which options there are depends on the verb, and which word is the verb depends on the options with a value.
  auto line = parse(words, [](const Option&) { return true; });
  if (!line) return with_hint(std::move(line.error()), nullptr);
  if (line->help || line->version || line->operands.empty()) return line;
  const std::string first = line->operands.front();
  const bool session = Url::looks_like(first);
  const Verb* verb = session ? nullptr : find_verb(first);
  if (!session && (!verb || verb->scope == Scope::session)) {
    return with_hint({Code::usage, {}, first, verb ? "only in a session" : "neither a URL nor a verb"}, nullptr);
  }
  line = parse(words, [&](const Option& option) { return option.global || (verb && belongs_to(option, *verb)); });
  if (!line) return with_hint(std::move(line.error()), verb);
  line->verb = verb;
  if (verb) line->operands.erase(line->operands.begin());
  return line;
}

Result<ParsedVerb> parse_verb_words(const Verb& verb, const std::vector<std::string>& words) {
  auto line = parse(words, [&](const Option& option) { return belongs_to(option, verb); });
  if (!line) return std::unexpected(std::move(line.error()));
  return ParsedVerb{line->flags, std::move(line->operands)};
}

std::string global_options_help() {
  return help_for([](const Option& option) { return option.global; });
}

std::string verb_options_help(const Verb& verb) {
  return help_for([&](const Option& option) { return belongs_to(option, verb); });
}

}  // namespace dftp::cli
