#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <thread>

#include "client/cli/console.h"
#include "client/cli/exit_code.h"
#include "client/cli/handlers.h"
#include "client/cli/help.h"
#include "client/cli/report.h"
#include "client/cli/run.h"
#include "client/cli/shell.h"
#include "client/cli/talk.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

constexpr const char* program = "dftp-cli " DFTP_VERSION;

// What the words mean: a call of its own, or a session at a URL.
struct Order {
  Place place;
  std::optional<Call> call;
  Url url;
};

// A call that is a transfer and nothing else.
bool transfers_at_once(const Call& call) {
  return call.verb->handler == get || call.verb->handler == put || call.verb->handler == cat;
}

client::ConnectOptions connect_options(const Settings& settings, const Order& order, Asker& asker) {
  client::ConnectOptions options;
  options.endpoint = order.place.endpoint;
  options.user = order.place.user;
  if (order.call && transfers_at_once(*order.call)) {
    options.early_streams = order.call->flags.streams ? order.call->flags.streams : limits::streams_per_transfer;
    options.early_plain = settings.plain_data;
  }
  options.client = program;
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

Result<Order> order_of(const CommandLine& line) {
  if (line.verb) {
    auto placed = resolve_urls(*line.verb, line.flags, line.operands);
    if (!placed) return std::unexpected(std::move(placed.error()));
    return Order{std::move(placed->place), std::move(placed->call), {}};
  }
  if (line.operands.size() > 1)
    return fail(Code::usage, line.operands[1], "a session takes one URL; see dftp-cli --help");
  auto url = Url::parse(line.operands[0]);
  if (!url) return std::unexpected(std::move(url.error()));
  return Order{{url->endpoint, url->user}, std::nullopt, *url};
}

net::Task<int> carry_out(Context& context, const Order& order) {
  const int code = order.call ? co_await run_call(context, *order.call) : co_await run_shell(context, order.url);
  co_await context.session.finish();
  co_return code;
}

int run(const CommandLine& line, const Order& order, Console& console) {
  Asker asker;
  net::Loop loop;
  net::DiskPool pool(std::clamp(std::thread::hardware_concurrency(), 2u, 16u));
  const bool interactive = !order.call && is_terminal(STDIN_FILENO);
  client::ConnectOptions options = connect_options(line.settings, order, asker);
  // Output that a program reads holds nothing that others can put there.
  if (interactive || line.settings.verbose)
    options.on_event = [&console](const json::Value& event) { show_message(console, event); };
  client::Session session(loop.executor(), pool, std::move(options));
  Interrupts interrupts(loop.executor(), console, asker);
  Context context{.session = session,
                  .remote = client::Remote(session),
                  .console = console,
                  .interrupts = interrupts,
                  .settings = line.settings,
                  .in_session = !order.call,
                  .interactive = interactive,
                  .directory = {},
                  .closing = false};
  return net::run_until_done(loop, carry_out(context, order));
}

int show_help(const CommandLine& line) {
  const Verb* verb = line.operands.empty() ? nullptr : find_verb(line.operands[0]);
  std::fputs((verb ? verb_help(*verb) : program_help()).c_str(), stdout);
  return exit_ok;
}

int start(const std::vector<std::string>& words) {
  const auto line = parse_command_line(words);
  Console console({.out_is_terminal = is_terminal(STDOUT_FILENO),
                   .err_is_terminal = is_terminal(STDERR_FILENO),
                   .quiet = line && line->settings.quiet,
                   .json = line && line->settings.json});
  if (line && line->help) return show_help(*line);
  if (line && line->version) return std::puts(program) < 0 ? exit_some_failed : exit_ok;
  if (line && !line->verb && line->operands.empty()) {
    std::fputs(program_help().c_str(), stderr);
    return exit_usage;
  }
  const auto order = line ? order_of(*line) : std::unexpected(line.error());
  if (order) return run(*line, *order, console);
  if (line && line->verb) return Report(console, *line->verb).finish(std::unexpected(order.error()), 0);
  console.error(order.error());
  return exit_code(order.error().code);
}

}  // namespace
}  // namespace dftp::cli

int main(int argc, char** argv) {
  // A reader that goes away is an error of a write.
  std::signal(SIGPIPE, SIG_IGN);
  return dftp::cli::start({argv + 1, argv + argc});
}
