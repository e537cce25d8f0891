#include "client/cli/run.h"

#include <csignal>

#include "client/cli/exit_code.h"
#include "client/cli/report.h"
#include "client/cli/time_limit.h"
#include "client/cli/words.h"

namespace dftp::cli {
namespace {

Result<Call> read_line(const std::string& line, const RemotePath& directory) {
  auto words = split_words(line);
  if (!words) return std::unexpected(std::move(words.error()));
  const Verb* verb = find_verb(words->front());
  if (!verb) return fail(Code::usage, words->front(), "no such command; help lists them");
  words->erase(words->begin());
  auto parsed = parse_verb_words(*verb, *words);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return resolve_paths(*verb, parsed->flags, parsed->operands, directory);
}

net::Task<void> drop_connection(client::Session& session) {
  auto connection = co_await session.connection();
  if (connection) (*connection)->close();
}

}  // namespace

bool is_empty_line(const std::string& line) {
  const auto words = split_words(line);
  return words && words->empty();
}

Result<void> check_line(const std::string& line) {
  const auto call = read_line(line, RemotePath());
  if (!call) return std::unexpected(call.error());
  return {};
}

net::Task<int> run_call(Context& context, const Call& call) {
  Report report(context.console, *call.verb);
  Interrupts::Action action;
  if (context.interactive) {
    // A person goes on with the session; what hangs is the connection.
    action = [&context](int signal) {
      if (signal != SIGINT) context.interrupts.leave(signal);
      net::spawn(context.session.executor(), drop_connection(context.session));
    };
  }
  const Interruptible interruptible(context.interrupts, std::move(action));
  auto result = co_await call.verb->handler(context, call, report);
  const auto& limit = context.settings.timeout;
  if (!result && limit && context.interrupts.expired()) result = std::unexpected(out_of_time(*limit));
  const int signal = context.interrupts.received();
  if (signal == SIGINT) context.interrupts.forget();
  co_return report.finish(result, signal);
}

net::Task<int> run_line(Context& context, const std::string& line) {
  if (is_empty_line(line)) co_return exit_ok;
  const auto call = read_line(line, context.directory);
  if (call) co_return co_await run_call(context, *call);
  context.console.error(call.error());
  co_return exit_code(call.error().code);
}

}  // namespace dftp::cli
