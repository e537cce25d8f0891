#include "client/cli/shell/script.h"

#include <unistd.h>

#include "client/cli/shell/run.h"
#include "client/cli/verbs/open_session.h"
#include "client/cli/verbs/state.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/local_file.h"
#include "proto/wire/text_lines.h"

namespace dftp::cli {
namespace {

// Ten thousand commands and more; a mistaken path must not be read for ever.
constexpr std::size_t max_bytes = 16 * 1024 * 1024;

std::unexpected<Error> at_line(Error error, const Origin& origin) {
  error.detail = describe(error);
  error.where = origin.text();
  error.errno_name.clear();
  return std::unexpected(std::move(error));
}

Result<void> add_line(Script& script, const std::string& text, std::size_t line, const Preferences& preferences) {
  const Origin origin{script.name, line};
  auto commands = split_line(text);
  if (!commands) return at_line(std::move(commands.error()), origin);
  for (TypedCommand& command : *commands) {
    if (auto checked = check_command(command, preferences); !checked)
      return at_line(std::move(checked.error()), origin);
    script.commands.push_back({std::move(command), line});
  }
  return {};
}

// A script that cannot be read is a mistake in the call.
std::unexpected<Error> unreadable(Error error) {
  error = when("cannot read the script", std::move(error));
  error.code = Code::usage;
  return std::unexpected(std::move(error));
}

}  // namespace

Result<Script> parse_script(const std::string& name, std::string_view bytes, const Preferences& preferences) {
  const auto lines = text_lines(bytes, name);
  if (!lines) return std::unexpected(lines.error());
  Script script{name, {}};
  for (std::size_t i = 0; i < lines->size(); ++i) {
    auto added = add_line(script, (*lines)[i], i + 1, preferences);
    if (!added) return std::unexpected(std::move(added.error()));
  }
  return script;
}

Result<std::optional<Script>> find_script(const Settings& settings, const Preferences& preferences) {
  if (!settings.commands.empty() && !settings.script.empty()) {
    return fail(Code::usage, "--script", "and --command exclude each other");
  }
  if (settings.commands.empty() && settings.script.empty()) return std::nullopt;
  Result<Script> script;
  if (!settings.commands.empty()) {
    std::string text;
    for (const std::string& commands : settings.commands) text += commands + "\n";
    script = parse_script("-c", text, preferences);
  } else {
    const bool piped = settings.script == "-";
    const std::string name = piped ? "standard input" : settings.script;
    const auto file = piped ? client::read_descriptor(STDIN_FILENO, name, max_bytes)
                            : client::read_local_file(settings.script, max_bytes);
    if (!file) return unreadable(file.error());
    script = parse_script(name, file->text, preferences);
  }
  if (!script) return std::unexpected(std::move(script.error()));
  return std::move(*script);
}

net::Task<int> run_script(Context& context, const RemotePath& directory, const Script& script) {
  const auto entered = co_await open_session(context, directory);
  if (!entered) {
    context.console.error(entered.error());
    co_return exit_code(entered.error());
  }
  ShellState state(context);
  int last_failure = exit_ok;
  for (const ScriptCommand& command : script.commands) {
    context.console.set_origin(Origin{script.name, command.line});
    context.console.log(logged(command.typed, *context.preferences));
    const int code = co_await run_command(context, command.typed);
    context.console.set_origin({});
    if (context.closing) break;
    if (code == exit_ok || (command.typed.may_fail && !ends_session(code))) continue;
    last_failure = code;
    if (!context.settings.keep_going || ends_session(code)) break;
  }
  const auto jobs = co_await state.jobs.end(context.interrupts);
  co_return jobs == exit_ok ? last_failure : jobs;
}

}  // namespace dftp::cli
