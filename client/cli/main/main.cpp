#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "client/cli/main/connect_options.h"
#include "client/cli/shell/run.h"
#include "client/cli/shell/script.h"
#include "client/cli/shell/shell.h"
#include "client/cli/verbs/chat.h"
#include "client/cli/verbs/command_line.h"
#include "client/cli/verbs/expand_urls.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/help.h"
#include "client/cli/verbs/preferences_file.h"
#include "client/cli/verbs/receipt.h"
#include "client/cli/verbs/run_call.h"
#include "client/cli/verbs/time_limit.h"
#include "client/cli/verbs/wait.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"
#include "client/cli/view/run_log.h"
#include "proto/net/write_signals.h"
#include "proto/storage/standard_descriptors.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

// What the words mean: a call of its own, or a session or script at a URL.
struct Invocation {
  ServerAndUser place;
  std::optional<Call> call;
  RemotePath directory;  // of a session or script
  std::optional<Script> script;
};

// A call that is a transfer and nothing else.
bool transfers_at_once(const Call& call) {
  return call.verb->handler == get || call.verb->handler == put || call.verb->handler == cat;
}

// A call that is a transfer has its data connections opened along with the control connection.
client::ConnectOptions connect_options(const Settings& settings, const Invocation& invocation, TerminalPrompt& prompt) {
  client::ConnectOptions options = connect_options(settings, invocation.place, prompt);
  if (invocation.call && transfers_at_once(*invocation.call)) {
    options.early_streams =
        invocation.call->flags.streams ? invocation.call->flags.streams : limits::streams_per_transfer;
    options.early_plain = settings.plain_data;
  }
  return options;
}

// A receipt knows where its file is.
Result<std::vector<std::string>> operands_of(const CommandLine& line) {
  std::vector<std::string> operands = line.operands;
  if (line.verb->handler != verify || operands.size() != 1 || operands[0].empty()) return operands;
  auto known = read_receipt(operands[0]);
  if (!known) return std::unexpected(std::move(known.error()));
  operands.push_back(std::move(known->url));
  return operands;
}

Result<Invocation> invocation_of(const CommandLine& line, const Preferences& preferences) {
  if (line.verb) {
    const auto operands = operands_of(line);
    if (!operands) return std::unexpected(operands.error());
    auto placed = resolve_urls(*line.verb, line.flags, *operands, preferences);
    if (!placed) return std::unexpected(std::move(placed.error()));
    return Invocation{std::move(placed->place), std::move(placed->call), {}, {}};
  }
  if (line.operands.size() > 1)
    return fail(Code::usage, line.operands[1], "a session takes one URL; see dftp-cli --help");
  auto location = locate(line.operands[0], preferences);
  if (!location) return std::unexpected(std::move(location.error()));
  auto script = find_script(line.settings, preferences);
  if (!script) return std::unexpected(std::move(script.error()));
  RemotePath directory = session_directory(*location, line.operands[0], preferences);
  return Invocation{std::move(location->place), std::nullopt, std::move(directory), std::move(*script)};
}

net::Task<int> work_on_call(Context& context, const Call& written) {
  const auto call = co_await with_patterns_expanded(context, written);
  if (!call)
    co_return Report(context.console, *written.verb)
        .finish(std::unexpected(call.error()), context.interrupts.received());
  co_return co_await run_call(context, *call);
}

net::Task<int> work(Context& context, const Invocation& invocation) {
  if (invocation.call) co_return co_await work_on_call(context, *invocation.call);
  if (invocation.script) co_return co_await run_script(context, invocation.directory, *invocation.script);
  co_return co_await run_shell(context, invocation.directory);
}

net::Task<int> carry_out(Context& context, const Invocation& invocation) {
  co_await wait_for_server(context);
  const int code = co_await work(context, invocation);
  co_await context.session.finish();
  co_return code;
}

// What is left to do when the time is up and nothing can be interrupted.
[[noreturn]] void give_up(Context& context, const Invocation& invocation, TerminalPrompt& prompt) {
  const Error error = out_of_time(*context.settings.timeout);
  prompt.restore();
  context.console.leave();
  if (invocation.call) {
    Report(context.console, *invocation.call->verb).finish(std::unexpected(error), 0);
  } else {
    context.console.error(error);
  }
  (void)context.console.flush();
  ::_exit(exit_code(error));
}

// What --trace shows, and where.
struct Tracing {
  std::optional<LineFile> file;
  std::shared_ptr<client::Trace> trace;
};

Result<void> begin_trace(Tracing& tracing, const Settings& settings, Console& console) {
  if (!settings.trace_file) return {};
  if (!settings.trace_file->empty()) {
    auto opened = LineFile::open(*settings.trace_file, "the trace");
    if (!opened) return std::unexpected(std::move(opened.error()));
    tracing.file.emplace(std::move(*opened));
  }
  tracing.trace = std::make_shared<client::Trace>([&tracing, &console](const std::string& text) {
    tracing.file ? tracing.file->write(text) : console.trace(text);
  });
  return {};
}

int run(const CommandLine& line, const Invocation& invocation, const Preferences& preferences, Console& console,
        const std::shared_ptr<client::Trace>& trace) {
  TerminalPrompt prompt;
  net::Loop loop;
  net::DiskPool pool(std::clamp(std::thread::hardware_concurrency(), 2u, 16u));
  const bool typed = !invocation.call && !invocation.script;
  const bool interactive = typed && is_terminal(STDIN_FILENO);
  // Output that a program reads holds nothing that others can put there.
  const bool hears = interactive || line.settings.verbose;
  const bool steps = line.settings.verbose;
  const auto heard = [&console, hears, steps, &trace](client::ConnectOptions options) {
    options.trace = trace;
    if (steps) options.on_step = [&console](const std::string& step) { console.say(printable(step)); };
    if (hears) options.on_event = [&console](const json::Value& event) { show_message(console, event); };
    return options;
  };
  const auto settings_for = [&](const ServerAndUser& place) {
    return with_defaults(line.settings, preferences.of(place.name).settings);
  };
  const Settings settings = settings_for(invocation.place);
  client::ServerHandle session(loop.executor(), pool, heard(connect_options(settings, invocation, prompt)));
  Interrupts interrupts(loop.executor(), console, prompt);
  Context context{.session = session,
                  .remote = client::Remote(session),
                  .console = console,
                  .interrupts = interrupts,
                  .settings = settings,
                  .in_session = !invocation.call,
                  .interactive = interactive,
                  .commands_on_stdin = typed || line.settings.script == "-",
                  .directory = {},
                  .closing = false,
                  .connect =
                      [&](const ServerAndUser& place) {
                        return client::ServerHandle(loop.executor(), pool,
                                                    heard(connect_options(settings_for(place), place, prompt)));
                      },
                  .settings_for = settings_for,
                  .preferences = &preferences};
  if (line.settings.timeout) {
    net::spawn(loop.executor(),
               end_in_time(interrupts, *line.settings.timeout, [&] { give_up(context, invocation, prompt); }));
  }
  return net::run_until_done(loop, carry_out(context, invocation));
}

// The same, with what goes over the wire shown.
int run_traced(const CommandLine& line, const Invocation& invocation, const Preferences& preferences,
               Console& console) {
  Tracing tracing;
  if (auto begun = begin_trace(tracing, line.settings, console); !begun)
    return console.error(begun.error()), exit_usage;
  const int code = run(line, invocation, preferences, console, tracing.trace);
  if (!tracing.file || !tracing.file->failed()) return code;
  console.error(*tracing.file->failed());
  return code == exit_ok ? static_cast<int>(exit_code(*tracing.file->failed())) : code;
}

// The same, written down where --log says.
int run_logged(const CommandLine& line, const Invocation& invocation, const Preferences& preferences,
               Console& console) {
  std::optional<RunLog> log;
  if (const std::string& file = line.settings.log_file; !file.empty()) {
    auto opened = RunLog::open(file);
    if (!opened) return console.error(opened.error()), exit_usage;
    log.emplace(std::move(*opened));
    console.set_log(&*log);
  }
  console.log("begin: " + (line.verb ? logged(*line.verb, line.operands, false) : "session " + line.operands[0]));
  const int code = run_traced(line, invocation, preferences, console);
  console.log("end: exit code " + std::to_string(code));
  console.set_log(nullptr);
  if (!log || !log->failed()) return code;
  console.error(*log->failed());
  return code == exit_ok ? static_cast<int>(exit_code(*log->failed())) : code;
}

int show(Console& console, const std::string& text) {
  console.out(text);
  const auto shown = console.flush();
  if (!shown) console.error(shown.error());
  return shown ? exit_ok : exit_code(shown.error());
}

std::string help_text(const CommandLine& line) {
  const Verb* verb = line.operands.empty() ? nullptr : find_verb(line.operands[0]);
  return verb ? verb_help(*verb) : program_help();
}

// Help and version are there whatever a file says.
bool asks_about_program(const std::vector<std::string>& words) {
  const auto line = parse_command_line(words, Preferences());
  return line && (line->help || line->version);
}

int start(const std::vector<std::string>& words) {
  const auto preferences = read_preferences(preferences_file());
  if (!preferences && !asks_about_program(words)) {
    Console({}).error(preferences.error());
    return exit_usage;
  }
  const auto line = parse_command_line(words, preferences.value_or(Preferences()));
  Console console({.out_is_terminal = is_terminal(STDOUT_FILENO),
                   .err_is_terminal = is_terminal(STDERR_FILENO),
                   .quiet = line && line->settings.quiet,
                   .json = line && line->settings.json});
  if (line && line->help) return show(console, help_text(*line));
  if (line && line->version) return show(console, std::string(program_name) + "\n");
  if (line && !line->verb && line->operands.empty()) {
    std::fputs(program_help().c_str(), stderr);
    return exit_usage;
  }
  const auto invocation = line ? invocation_of(*line, *preferences) : std::unexpected(line.error());
  if (invocation) return run_logged(*line, *invocation, *preferences, console);
  if (line && line->verb) return Report(console, *line->verb).finish(std::unexpected(invocation.error()), 0);
  console.error(invocation.error());
  return exit_code(invocation.error());
}

}  // namespace
}  // namespace dftp::cli

int main(int argc, char** argv) {
  dftp::open_standard_descriptors();
  dftp::net::ignore_write_signals();
  return dftp::cli::start({argv + 1, argv + argc});
}
