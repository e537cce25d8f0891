// hello, login, ping, bye.
#include <algorithm>

#include "proto/wire/limits.h"
#include "server/commands/handlers.h"
#include "server/session/revocation.h"

namespace dftp::commands {
namespace {

// 128 bits in hexadecimal, and room to spare.
constexpr std::size_t instance_bytes = 64;
constexpr std::size_t client_bytes = 256;

net::Task<Error> refuse_login(Session& session, const Login& request, Error why) {
  const Context& context = session.context;
  context.observer.note(LoginFailed{session.stream.peer(), request.user, request.method});
  // The peer is not told that it is not its own fault.
  auto usable = co_await session.context.logins.run([&] { return context.authenticator.check(); });
  if (!usable) context.observer.note(Trouble{usable.error()});
  auto pause = limits::failed_login_delay;
  co_await net::sleep_for(pause);
  if (++session.failed_logins >= limits::failed_logins)
    session.end({Code::login_failed, {}, {}, "too many failed logins"});
  co_return why;
}

SessionInfo about(const Session& session) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {.number = session.number,
          .user = session.user->user,
          .client = printable(session.hello->client),  // for whoever looks, in whichever form
          .since = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
          .own = false,
          .peer = session.stream.peer()};
}

}  // namespace

net::Task<Result<HelloReply>> hello(Session& session, const Hello& request) {
  const Context& context = session.context;
  if (session.hello) co_return fail(Code::invalid_request, "hello", "comes once");
  if (request.version != protocol_version)
    co_return fail(Code::unsupported, "hello.version",
                   "this server speaks version " + std::to_string(protocol_version));
  if (request.instance.size() > instance_bytes)
    co_return fail(Code::invalid_request, "hello.instance", "must be a short text");
  if (context.stopping) co_return fail(Code::shutting_down, {}, "the server is stopping");
  session.hello = request;
  session.hello->client.resize(std::min(request.client.size(), client_bytes));
  HelloReply reply{.server = "dftp/" DFTP_VERSION, .login = {}, .features = {}};
  reply.login = context.authenticator.methods(session.stream.credentials().has_value());
  if (context.config.allow_plain_data) reply.features.emplace_back("plain_data");
  co_return reply;
}

net::Task<Result<LoginReply>> login(Session& session, const Login& request) {
  Context& context = session.context;
  if (session.user) co_return fail(Code::invalid_request, "login", "this session is logged in already");
  LoginContext proved{.exporter = session.stream.exported_key("EXPORTER-dftp-login"), .peer_uid = {}};
  if (auto peer = session.stream.credentials()) proved.peer_uid = peer->uid;
  auto user = co_await context.logins.run([&] { return context.authenticator.login(request, proved); });
  if (!user) {
    auto why = co_await refuse_login(session, request, user.error());
    co_return std::unexpected(std::move(why));
  }
  Slot slot = take_slot(context.sessions, context.config.max_sessions);
  if (!slot) {
    context.observer.note(Refused{session.stream.peer(), "too many sessions"});
    co_return fail(Code::too_many, {}, "the server has as many sessions as it takes");
  }
  auto storage = co_await context.disk.run([&] { return context.roots.open(user->home); });
  if (!storage) {
    context.observer.note(Trouble{storage.error()});
    co_return std::unexpected(storage.error());
  }
  session.storage = std::move(*storage);
  session.slot = std::move(slot);
  session.paces = context.paces.of(user->user, user->limit_rate);
  session.number = ++context.sessions_opened;
  session.user = std::move(*user);
  session.seat = context.presence.enter(about(session), session);
  context.observer.note(
      SessionOpened{session.number, session.stream.peer(), session.user->user, session.hello->client});
  // The user may have been changed since the password was compared.
  review(session);
  if (session.ending) co_return std::unexpected(*session.ending);
  co_return LoginReply{session.user->user, session.user->write, context.config.allow_plain_data, session.user->talk};
}

net::Task<Result<Empty>> ping(Session&, const Ping&) {
  co_return Empty{};
}

net::Task<Result<Empty>> bye(Session& session, const Bye&) {
  session.left = true;
  session.end({Code::cancelled, {}, {}, "the client said goodbye"});
  co_return Empty{};
}

}  // namespace dftp::commands
