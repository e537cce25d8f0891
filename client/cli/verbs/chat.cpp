#include "client/cli/verbs/chat.h"

#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

void print_sessions(Context& context, Report& report, const std::vector<SessionInfo>& sessions) {
  Console& console = context.console;
  for (const SessionInfo& info : sessions) {
    if (console.mode().json) {
      report.entry(to_json(info));
      continue;
    }
    console.out(right(std::to_string(info.number), 8) + (info.own ? " * " : "   ") + time_text(info.since) + "  " +
                left(printable(info.user), 16) + "  " + printable(info.client) + "\n");
  }
}

}  // namespace

std::string message_line(const json::Value& event) {
  const auto message = from_json<Message>(event, "message");
  const json::Value* name = event.find("event");
  const auto* text = name ? name->as<std::string>() : nullptr;
  if (!text || *text != Message::event || !message) return {};
  const std::string from = message->from.empty() ? "the operator" : printable(message->from);
  return from + (message->personal ? " to you: " : ": ") + printable(message->text);
}

void show_message(Console& console, const json::Value& event) {
  if (const std::string line = message_line(event); !line.empty()) console.say(line);
}

VerbTask echo(Context& context, const Call& call, Report& report) {
  // What it takes to connect and to log in is no part of the distance.
  const auto login = co_await log_in(context);
  if (!login) co_return std::unexpected(login.error());
  const std::string text = joined(call.local);
  const auto begun = Clock::now();
  const auto reply = co_await context.remote.echo(text);
  if (!reply) co_return std::unexpected(reply.error());
  const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  Console& console = context.console;
  if (console.mode().json) {
    report.add("text", to_json(reply->text));
    report.add("seconds", seconds);
    co_return Result<void>();
  }
  console.out(console.shown(reply->text.bytes) + "\n");
  char took[32];
  std::snprintf(took, sizeof took, "%.2f ms", seconds * 1000);
  console.note("said back by " + context.session.options().endpoint.text() + " in " + took);
  co_return Result<void>();
}

VerbTask who(Context& context, const Call&, Report& report) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  const auto sessions = co_await context.remote.sessions();
  if (!sessions) co_return std::unexpected(sessions.error());
  print_sessions(context, report, *sessions);
  co_return Result<void>();
}

VerbTask say(Context& context, const Call& call, Report& report) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  const std::string text = joined(call.local);
  const auto sessions = co_await context.remote.say(text, call.flags.user);
  if (!sessions) co_return std::unexpected(sessions.error());
  if (context.console.mode().json) report.add("sessions", to_json(*sessions));
  context.console.note(*sessions == 0
                           ? "nobody else is here"
                           : "said to " + std::to_string(*sessions) + (*sessions == 1 ? " session" : " sessions"));
  co_return Result<void>();
}

}  // namespace dftp::cli
