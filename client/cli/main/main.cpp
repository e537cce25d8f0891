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
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/help.h"
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
  Url url;
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

Result<Invocation> invocation_of(const CommandLine& line) {
  if (line.verb) {
    const auto operands = operands_of(line);
    if (!operands) return std::unexpected(operands.error());
    auto placed = resolve_urls(*line.verb, line.flags, *operands);
    if (!placed) return std::unexpected(std::move(placed.error()));
    return Invocation{std::move(placed->place), std::move(placed->call), {}, {}};
  }
  if (line.operands.size() > 1)
    return fail(Code::usage, line.operands[1], "a session takes one URL; see dftp-cli --help");
  auto url = Url::parse(line.operands[0]);
  if (!url) return std::unexpected(std::move(url.error()));
  auto script = find_script(line.settings);
  if (!script) return std::unexpected(std::move(script.error()));
  return Invocation{{url->endpoint, url->user}, std::nullopt, *url, std::move(*script)};
}

net::Task<int> work(Context& context, const Invocation& invocation) {
  if (invocation.call) co_return co_await run_call(context, *invocation.call);
  if (invocation.script) co_return co_await run_script(context, invocation.url, *invocation.script);
  co_return co_await run_shell(context, invocation.url);
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

int run(const CommandLine& line, const Invocation& invocation, Console& console,
        const std::shared_ptr<client::Trace>& trace) {
  TerminalPrompt prompt;
  net::Loop loop;
  net::DiskPool pool(std::clamp(std::thread::hardware_concurrency(), 2u, 16u));
  const bool typed = !invocation.call && !invocation.script;
  const bool interactive = typed && is_terminal(STDIN_FILENO);
  // Output that a program reads holds nothing that others can put there.
  const bool hears = interactive || line.settings.verbose;
  const auto heard = [&console, hears, &trace](client::ConnectOptions options) {
    options.trace = trace;
    if (hears) options.on_event = [&console](const json::Value& event) { show_message(console, event); };
    return options;
  };
  client::ServerHandle session(loop.executor(), pool, heard(connect_options(line.settings, invocation, prompt)));
  Interrupts interrupts(loop.executor(), console, prompt);
  Context context{.session = session,
                  .remote = client::Remote(session),
                  .console = console,
                  .interrupts = interrupts,
                  .settings = line.settings,
                  .in_session = !invocation.call,
                  .interactive = interactive,
                  .commands_on_stdin = typed || line.settings.script == "-",
                  .directory = {},
                  .closing = false,
                  .connect = [&](const ServerAndUser& place) {
                    return client::ServerHandle(loop.executor(), pool,
                                                heard(connect_options(line.settings, place, prompt)));
                  }};
  if (line.settings.timeout) {
    net::spawn(loop.executor(),
               end_in_time(interrupts, *line.settings.timeout, [&] { give_up(context, invocation, prompt); }));
  }
  return net::run_until_done(loop, carry_out(context, invocation));
}

// The same, with what goes over the wire shown.
int run_traced(const CommandLine& line, const Invocation& invocation, Console& console) {
  Tracing tracing;
  if (auto begun = begin_trace(tracing, line.settings, console); !begun)
    return console.error(begun.error()), exit_usage;
  const int code = run(line, invocation, console, tracing.trace);
  if (!tracing.file || !tracing.file->failed()) return code;
  console.error(*tracing.file->failed());
  return code == exit_ok ? static_cast<int>(exit_code(*tracing.file->failed())) : code;
}

// The same, written down where --log says.
int run_logged(const CommandLine& line, const Invocation& invocation, Console& console) {
  std::optional<RunLog> log;
  if (const std::string& file = line.settings.log_file; !file.empty()) {
    auto opened = RunLog::open(file);
    if (!opened) return console.error(opened.error()), exit_usage;
    log.emplace(std::move(*opened));
    console.set_log(&*log);
  }
  console.log("begin: " + (line.verb ? logged(*line.verb, line.operands, false) : "session " + line.operands[0]));
  const int code = run_traced(line, invocation, console);
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

int start(const std::vector<std::string>& words) {
  const auto line = parse_command_line(words);
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
  const auto invocation = line ? invocation_of(*line) : std::unexpected(line.error());
  if (invocation) return run_logged(*line, *invocation, console);
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
