#include "client/cli/script.h"

#include <fstream>
#include <iostream>
#include <sstream>

#include "client/cli/console.h"
#include "client/cli/enter.h"
#include "client/cli/exit_code.h"
#include "client/cli/run.h"
#include "client/cli/shell/state.h"
#include "client/cli/words.h"

namespace dftp::cli {
namespace {

std::unexpected<Error> at_line(Error error, const Origin& origin) {
  error.detail = describe(error);
  error.where = origin.text();
  error.errno_name.clear();
  return std::unexpected(std::move(error));
}

Command command_of(std::string text, std::size_t line) {
  text.erase(0, text.find_first_not_of(" \t\r"));
  const bool may_fail = text.starts_with('-');
  return {may_fail ? text.substr(1) : std::move(text), line, may_fail};
}

Result<void> add_line(Script& script, const std::string& text, std::size_t line) {
  const Origin origin{script.name, line};
  for (std::string& one : split_commands(text)) {
    Command command = command_of(std::move(one), line);
    if (is_empty_line(command.text)) continue;
    if (auto checked = check_line(command.text); !checked) return at_line(std::move(checked.error()), origin);
    script.commands.push_back(std::move(command));
  }
  return {};
}

}  // namespace

Result<Script> parse_script(const std::string& name, std::istream& in) {
  Script script{name, {}};
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (auto added = add_line(script, line, ++number); !added) return std::unexpected(std::move(added.error()));
  }
  if (in.bad()) return fail(Code::io, name, "cannot be read");
  return script;
}

Result<std::optional<Script>> find_script(const Settings& settings) {
  Result<Script> script;
  if (!settings.commands.empty() && !settings.script.empty()) {
    return fail(Code::usage, "--script", "and --command exclude each other");
  }
  if (!settings.commands.empty()) {
    std::string text;
    for (const std::string& commands : settings.commands) text += commands + "\n";
    std::istringstream in(text);
    script = parse_script("-c", in);
  } else if (settings.script == "-") {
    script = parse_script("standard input", std::cin);
  } else if (!settings.script.empty()) {
    errno = 0;
    std::ifstream in(settings.script);
    if (!in) return std::unexpected(when("cannot read the script", from_errno(errno, settings.script)));
    script = parse_script(settings.script, in);
  } else {
    return std::nullopt;
  }
  if (!script) return std::unexpected(std::move(script.error()));
  return std::move(*script);
}

net::Task<int> run_script(Context& context, const Url& url, const Script& script) {
  const auto entered = co_await enter(context, url);
  if (!entered) {
    context.console.error(entered.error());
    co_return exit_code(entered.error().code);
  }
  ShellState state(context);
  int last_failure = exit_ok;
  for (const Command& command : script.commands) {
    context.console.set_origin(Origin{script.name, command.line});
    context.console.log(logged_line(command.text));
    const int code = co_await run_line(context, command.text);
    context.console.set_origin({});
    if (context.closing) break;
    if (code == exit_ok || (command.may_fail && !ends_session(code))) continue;
    last_failure = code;
    if (!context.settings.keep_going || ends_session(code)) break;
  }
  const auto jobs = co_await state.jobs.end(context.interrupts);
  co_return jobs == exit_ok ? last_failure : jobs;
}

}  // namespace dftp::cli
