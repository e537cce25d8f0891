#include "client/cli/shell/run.h"

#include <algorithm>
#include <csignal>

#include "client/cli/line/words.h"
#include "client/cli/shell/local_command.h"
#include "client/cli/verbs/glob.h"
#include "client/cli/verbs/habits.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/listers.h"
#include "client/cli/verbs/run_call.h"
#include "client/cli/verbs/state.h"
#include "client/cli/verbs/verbs.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

constexpr std::string_view queue_word = "queue";

// A command with a verb, taken apart.
struct Typed {
  const Verb* verb = nullptr;
  ParsedVerb parsed;
  std::optional<Schedule> background;
  const Habit* habit = nullptr;  // what another tool needs, and nothing has to be done for here
};

// With what the user, or another tool, calls otherwise in our words.
Result<std::vector<std::string>> words_of(const TypedCommand& command, const Preferences& preferences) {
  std::vector<std::string> words = command.words;
  const auto* alias = words.empty() ? nullptr : preferences.alias(unquoted(words.front()));
  if (alias) {
    words.erase(words.begin());
    words.insert(words.begin(), alias->begin(), alias->end());
  }
  return in_our_words(std::move(words));
}

Result<Typed> read_words(const TypedCommand& command, const Preferences& preferences) {
  Typed typed;
  auto read = words_of(command, preferences);
  if (!read) return std::unexpected(std::move(read.error()));
  std::vector<std::string>& words = *read;
  if (command.background) typed.background = Schedule::at_once;
  if (words.size() > 1 && words.front() == queue_word) {
    words.erase(words.begin());
    typed.background = Schedule::in_turn;
  }
  const std::string name = words.empty() ? "&" : unquoted(words.front());
  typed.verb = find_verb(name);
  if (!typed.verb) {
    typed.habit = find_habit(name);
    if (typed.habit && typed.habit->harmless) return typed;
    return fail(Code::usage, name, not_a_verb(name, true));
  }
  if (typed.background && typed.verb->scope == Scope::session && !moves_files(*typed.verb)) {
    return fail(Code::usage, name, "only what could be a call of its own goes to the background");
  }
  words.erase(words.begin());
  auto parsed = parse_verb_words(*typed.verb, words);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  typed.parsed = std::move(*parsed);
  auto checked = check_count(*typed.verb, typed.parsed.operands.size(), true);
  if (!checked) return std::unexpected(std::move(checked.error()));
  return typed;
}

// With the target that is left out, and home directories here in place of ~.
Result<std::vector<std::string>> operands_of(const Typed& typed) {
  const Verb& verb = *typed.verb;
  std::vector<std::string> words = with_target(verb, typed.parsed.operands);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Side side = operand_kind(verb, i, words.size()).side;
    // There the home directory is the topmost one that the user sees.
    if (side == Side::there && words[i] == "~") words[i] = "/";
    if (side == Side::there && words[i].starts_with("~/")) words[i].erase(0, 1);
    if (side != Side::here) continue;
    auto word = at_home(words[i]);
    if (!word) return std::unexpected(std::move(word.error()));
    words[i] = std::move(*word);
  }
  return words;
}

// Patterns become the names that match.
net::Task<Result<Call>> read_call(Context& context, const Typed& typed) {
  const auto placed = operands_of(typed);
  if (!placed) co_return std::unexpected(placed.error());
  const std::vector<std::string>& words = *placed;
  const Lister there = remote_lister(context), here = local_lister(context);
  std::vector<std::string> operands;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const OperandKind kind = operand_kind(*typed.verb, i, words.size());
    if (!kind.present || !is_pattern(words[i])) {
      operands.push_back(unquoted(words[i]));
      continue;
    }
    auto names = co_await expand(words[i], kind.side == Side::there ? there : here);
    if (!names) co_return std::unexpected(std::move(names.error()));
    operands.insert(operands.end(), names->begin(), names->end());
  }
  auto checked = check_count(*typed.verb, operands.size(), true);
  if (!checked) co_return std::unexpected(std::move(checked.error()));
  co_return resolve_operands(*typed.verb, typed.parsed.flags, operands, context.directory);
}

int failed(Context& context, const Error& error) {
  context.console.error(error);
  return exit_code(error);
}

// The text without what puts it into the background.
std::string job_text(const TypedCommand& command, const Preferences& preferences) {
  std::string text = logged(command, preferences);
  if (!text.starts_with(queue_word)) return text;
  text.erase(0, queue_word.size());
  return text.erase(0, text.find_first_not_of(" \t"));
}

int start_job(Context& context, const Call& call, const TypedCommand& command, Schedule when) {
  const std::string shown = job_text(command, *context.preferences);
  const auto number = context.shell->jobs.start(context, call, shown, when);
  if (!number) return failed(context, number.error());
  context.console.note("[" + std::to_string(*number) + "] " + printable(shown));
  return exit_ok;
}

net::Task<Result<Call>> read_interruptible(Context& context, const Typed& typed) {
  const Interruptible interruptible(context.interrupts, dropping_connection(context));
  auto call = co_await read_call(context, typed);
  if (context.interrupts.received() == SIGINT) {
    context.interrupts.forget();
    co_return fail(Code::cancelled, "", "interrupted");
  }
  co_return call;
}

net::Task<int> run_command_here(Context& context, const std::string& command) {
  // It has the terminal, and Ctrl-C is its own.
  const Interruptible interruptible(context.interrupts, [&context](int signal) {
    if (signal != SIGINT) context.interrupts.leave(signal);
    context.interrupts.forget();
  });
  co_return co_await run_local_command(context.session.pool(), command);
}

}  // namespace

std::string logged(const Verb& verb, const std::vector<std::string>& operands, bool in_session) {
  const std::size_t shown = verb.handler == exec ? (in_session ? 1 : 2) : operands.size();
  std::string text(verb.name);
  for (std::size_t i = 0; i < std::min(shown, operands.size()); ++i) text += " " + operands[i];
  if (operands.size() > shown) text += " (words: " + std::to_string(operands.size() - shown) + ")";
  return text;
}

std::string logged(const TypedCommand& command, const Preferences& preferences) {
  if (command.local) return "!" + command.text;
  const auto typed = read_words(command, preferences);
  if (!typed || !typed->verb || typed->verb->handler != exec) return command.text;
  std::vector<std::string> operands;
  for (const std::string& word : typed->parsed.operands) operands.push_back(unquoted(word));
  return logged(*typed->verb, operands, true);
}

Result<void> check_command(const TypedCommand& command, const Preferences& preferences) {
  if (command.local) return {};
  const auto typed = read_words(command, preferences);
  if (!typed) return std::unexpected(typed.error());
  if (typed->habit) return {};
  // Whether its paths are paths; a pattern stands for itself as long as it is not known what matches.
  auto operands = operands_of(*typed);
  if (!operands) return std::unexpected(std::move(operands.error()));
  for (std::string& operand : *operands) operand = unquoted(operand);
  const auto call = resolve_operands(*typed->verb, typed->parsed.flags, *operands, RemotePath());
  if (!call) return std::unexpected(call.error());
  return {};
}

net::Task<int> run_command(Context& context, const TypedCommand& command) {
  if (command.local) co_return co_await run_command_here(context, command.text);
  const auto typed = read_words(command, *context.preferences);
  if (!typed) co_return failed(context, typed.error());
  if (typed->habit) {
    context.console.note(std::string(typed->habit->name) + ": " + std::string(typed->habit->note));
    co_return exit_ok;
  }
  const auto call = co_await read_interruptible(context, *typed);
  if (!call) co_return failed(context, call.error());
  if (typed->background) co_return start_job(context, *call, command, *typed->background);
  co_return co_await run_call(context, *call);
}

net::Task<int> run_line(Context& context, const std::string& line) {
  const auto commands = split_line(line);
  if (!commands) co_return failed(context, commands.error());
  for (const TypedCommand& command : *commands) {
    const auto checked = check_command(command, *context.preferences);
    if (!checked) co_return failed(context, checked.error());
  }
  for (const TypedCommand& command : *commands) {
    const int code = co_await run_command(context, command);
    if (context.closing) co_return code;
    if (code != exit_ok && (!command.may_fail || ends_session(code))) co_return code;
  }
  co_return exit_ok;
}

}  // namespace dftp::cli
