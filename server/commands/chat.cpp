// echo, say, who.
#include "proto/wire/limits.h"
#include "server/commands/handlers.h"
#include "server/session/presence.h"

namespace dftp::server::commands {

net::Task<Result<EchoReply>> echo(ControlSession&, const Echo& request) {
  if (request.text.bytes.size() > limits::echo_bytes) {
    co_return fail(Code::too_large, "params.text",
                   "at most " + std::to_string(limits::echo_bytes) + " bytes come back");
  }
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  co_return EchoReply{request.text, std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()};
}

net::Task<Result<SayReply>> say(ControlSession& session, const Say& request) {
  auto text = message_text(request.text);
  if (!text) co_return std::unexpected(text.error());
  Presence& presence = session.context.presence;
  if (!presence.may_say(session.user->user)) {
    co_return fail(Code::too_many, "say",
                   "a user says at most " + std::to_string(limits::messages_a_minute) + " things a minute");
  }
  const Message message{std::move(*text), session.user->user, !request.user.empty()};
  const std::uint64_t sessions = presence.say(message, request.user, session.number);
  if (sessions == 0 && message.personal) co_return fail(Code::not_found, request.user, "is not logged in");
  co_return SayReply{sessions};
}

net::Task<Result<WhoReply>> who(ControlSession& session, const Who& request) {
  WhoReply reply = session.context.presence.page(request.after, false);
  for (SessionInfo& info : reply.sessions) info.own = info.number == session.number;
  co_return reply;
}

}  // namespace dftp::server::commands
