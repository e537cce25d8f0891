#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "client/cli/console.h"
#include "client/cli/exit_code.h"
#include "client/cli/handlers.h"
#include "client/cli/help.h"
#include "client/cli/receipt.h"
#include "client/cli/report.h"
#include "client/cli/run.h"
#include "client/cli/run_log.h"
#include "client/cli/script.h"
#include "client/cli/shell/shell.h"
#include "client/cli/talk.h"
#include "client/cli/time_limit.h"
#include "client/cli/wait.h"
#include "proto/net/write_signals.h"
#include "proto/storage/standard_descriptors.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

constexpr const char* program = "dftp-cli " DFTP_VERSION;

// What the words mean: a call of its own, or a session or script at a URL.
struct Order {
  Place place;
  std::optional<Call> call;
  Url url;
  std::optional<Script> script;
};

// A call that is a transfer and nothing else.
bool transfers_at_once(const Call& call) {
  return call.verb->handler == get || call.verb->handler == put || call.verb->handler == cat;
}

client::ConnectOptions connect_options(const Settings& settings, const Place& place, Asker& asker) {
  client::ConnectOptions options;
  options.endpoint = place.endpoint;
  options.user = place.user;
  options.client = program;
  if (settings.connect_timeout) options.connect_limit = *settings.connect_timeout;
  if (settings.limit_rate) options.rate_limit = std::make_shared<RateLimit>(settings.limit_rate);
  options.identity.fingerprint = settings.fingerprint;
  options.identity.authorities = settings.authorities;
  options.credentials.keys.assign(settings.keys.begin(), settings.keys.end());
  options.credentials.password_file = settings.password_file;
  // Called on the pool; a line to standard error needs no order there.
  options.credentials.warn = [](const std::string& text) {
    std::fputs(("dftp-cli: " + printable(text) + "\n").c_str(), stderr);
  };
  if (settings.accept_new) options.identity.unknown = client::UnknownServer::accept_new;
  if (!Asker::possible()) return options;
  options.credentials.prompt = [&asker](const std::string& question) { return asker.secret(question); };
  if (settings.accept_new) return options;
  options.identity.unknown = client::UnknownServer::ask;
  options.identity.ask = [&asker](const std::string& server, const std::string& fingerprint) {
    return asker.yes("The server " + server + " is not known yet. Its fingerprint is\n" + fingerprint +
                     "\nIs that right? It will be remembered (yes/no) ");
  };
  return options;
}

// A call that is a transfer has its data connections opened along with the control connection.
client::ConnectOptions connect_options(const Settings& settings, const Order& order, Asker& asker) {
  client::ConnectOptions options = connect_options(settings, order.place, asker);
  if (order.call && transfers_at_once(*order.call)) {
    options.early_streams = order.call->flags.streams ? order.call->flags.streams : limits::streams_per_transfer;
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

Result<Order> order_of(const CommandLine& line) {
  if (line.verb) {
    const auto operands = operands_of(line);
    if (!operands) return std::unexpected(operands.error());
    auto placed = resolve_urls(*line.verb, line.flags, *operands);
    if (!placed) return std::unexpected(std::move(placed.error()));
    return Order{std::move(placed->place), std::move(placed->call), {}, {}};
  }
  if (line.operands.size() > 1)
    return fail(Code::usage, line.operands[1], "a session takes one URL; see dftp-cli --help");
  auto url = Url::parse(line.operands[0]);
  if (!url) return std::unexpected(std::move(url.error()));
  auto script = find_script(line.settings);
  if (!script) return std::unexpected(std::move(script.error()));
  return Order{{url->endpoint, url->user}, std::nullopt, *url, std::move(*script)};
}

net::Task<int> work(Context& context, const Order& order) {
  if (order.call) co_return co_await run_call(context, *order.call);
  if (order.script) co_return co_await run_script(context, order.url, *order.script);
  co_return co_await run_shell(context, order.url);
}

net::Task<int> carry_out(Context& context, const Order& order) {
  co_await wait_for_server(context);
  const int code = co_await work(context, order);
  co_await context.session.finish();
  co_return code;
}

// What is left to do when the time is up and nothing can be interrupted.
[[noreturn]] void give_up(Context& context, const Order& order, Asker& asker) {
  const Error error = out_of_time(*context.settings.timeout);
  asker.restore();
  context.console.leave();
  if (order.call) {
    Report(context.console, *order.call->verb).finish(std::unexpected(error), 0);
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

int run(const CommandLine& line, const Order& order, Console& console, const std::shared_ptr<client::Trace>& trace) {
  Asker asker;
  net::Loop loop;
  net::DiskPool pool(std::clamp(std::thread::hardware_concurrency(), 2u, 16u));
  const bool typed = !order.call && !order.script;
  const bool interactive = typed && is_terminal(STDIN_FILENO);
  // Output that a program reads holds nothing that others can put there.
  const bool hears = interactive || line.settings.verbose;
  const auto heard = [&console, hears, &trace](client::ConnectOptions options) {
    options.trace = trace;
    if (hears) options.on_event = [&console](const json::Value& event) { show_message(console, event); };
    return options;
  };
  client::Session session(loop.executor(), pool, heard(connect_options(line.settings, order, asker)));
  Interrupts interrupts(loop.executor(), console, asker);
  Context context{.session = session,
                  .remote = client::Remote(session),
                  .console = console,
                  .interrupts = interrupts,
                  .settings = line.settings,
                  .in_session = !order.call,
                  .interactive = interactive,
                  .commands_on_stdin = typed || line.settings.script == "-",
                  .directory = {},
                  .closing = false,
                  .connect = [&](const Place& place) {
                    return client::Session(loop.executor(), pool, heard(connect_options(line.settings, place, asker)));
                  }};
  if (line.settings.timeout) {
    net::spawn(loop.executor(),
               end_in_time(interrupts, *line.settings.timeout, [&] { give_up(context, order, asker); }));
  }
  return net::run_until_done(loop, carry_out(context, order));
}

// The same, with what goes over the wire shown.
int run_traced(const CommandLine& line, const Order& order, Console& console) {
  Tracing tracing;
  if (auto begun = begin_trace(tracing, line.settings, console); !begun)
    return console.error(begun.error()), exit_usage;
  const int code = run(line, order, console, tracing.trace);
  if (!tracing.file || !tracing.file->failed()) return code;
  console.error(*tracing.file->failed());
  return code == exit_ok ? static_cast<int>(exit_code(*tracing.file->failed())) : code;
}

// The same, written down where --log says.
int run_logged(const CommandLine& line, const Order& order, Console& console) {
  std::optional<RunLog> log;
  if (const std::string& file = line.settings.log_file; !file.empty()) {
    auto opened = RunLog::open(file);
    if (!opened) return console.error(opened.error()), exit_usage;
    log.emplace(std::move(*opened));
    console.set_log(&*log);
  }
  console.log("begin: " + (line.verb ? logged(*line.verb, line.operands, false) : "session " + line.operands[0]));
  const int code = run_traced(line, order, console);
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
  if (line && line->version) return show(console, std::string(program) + "\n");
  if (line && !line->verb && line->operands.empty()) {
    std::fputs(program_help().c_str(), stderr);
    return exit_usage;
  }
  const auto order = line ? order_of(*line) : std::unexpected(line.error());
  if (order) return run_logged(*line, *order, console);
  if (line && line->verb) return Report(console, *line->verb).finish(std::unexpected(order.error()), 0);
  console.error(order.error());
  return exit_code(order.error());
}

}  // namespace
}  // namespace dftp::cli

int main(int argc, char** argv) {
  dftp::open_standard_descriptors();
  dftp::net::ignore_write_signals();
  return dftp::cli::start({argv + 1, argv + argc});
}
