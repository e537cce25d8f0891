// hello, login, ping, cancel, bye.
#include <algorithm>

#include "proto/net/disk_pool.h"
#include "proto/wire/extensions.h"
#include "proto/wire/limits.h"
#include "server/auth/authenticator.h"
#include "server/commands/handlers.h"
#include "server/config/current_config.h"
#include "server/guard/guard.h"
#include "server/observe/event.h"
#include "server/session/home_storages.h"
#include "server/session/presence.h"
#include "server/session/rate_limits.h"
#include "server/session/revocation.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

// 128 bits in hexadecimal, and room to spare.
constexpr std::size_t instance_bytes = 64;
constexpr std::size_t client_bytes = 256;

// Of a source that would be kept out if it had no session here.
constexpr net::Duration delay_of_suspects = std::chrono::seconds(1);

std::unexpected<Error> keep_out(ControlSession& session, net::Duration left) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
  Error error{Code::too_many,
              {},
              "login",
              "too many logins from your address have failed; try again in " + std::to_string(seconds) + " s"};
  session.end(error);
  return std::unexpected(std::move(error));
}

// Passwords cost a core for a moment: of one source one is tried at a time. The others wait for nobody.
net::Task<Result<Principal>> verify(ControlSession& session, const Login& request,
                                    std::optional<LoginTurns::Turn>& turn) {
  ServerContext& context = session.context;
  Guard& guard = context.guard;
  const std::string source = source_of(session.stream.peer());
  LoginContext proved{.exporter = session.stream.exported_key("EXPORTER-dftp-login"), .peer_uid = {}};
  if (auto peer = session.stream.credentials()) proved.peer_uid = peer->uid;
  if (guard.penalties.refused_for(source, Penalties::Clock::now()) > net::Duration::zero()) {
    auto pause = delay_of_suspects;
    co_await net::sleep_for(pause);
  }
  const bool password = request.method == "password";
  if (password) turn.emplace(co_await guard.turns.take(source));
  if (session.ending) co_return std::unexpected(*session.ending);
  // There may have been wrong ones while it waited.
  if (const auto left = guard.kept_out(source); left > net::Duration::zero()) co_return keep_out(session, left);
  net::DiskPool& pool = password ? context.logins : context.disk;
  co_return co_await pool.run([&] { return context.authenticator.login(request, proved); });
}

// What a session takes of its user's and its source's budgets.
struct Place {
  Slot slot;
  Portion session, connection;
};

Result<std::shared_ptr<Place>> place_for(ControlSession& session, const Account& account) {
  ServerContext& context = session.context;
  auto place = std::make_shared<Place>();
  place->slot = take_slot(context.sessions, context.config->max_sessions);
  if (!place->slot) return fail(Code::too_many, {}, "the server has as many sessions as it takes");
  auto counted = account.take(Counted::sessions);
  if (!counted) return fail(Code::too_many, {}, "this user, or your address, has as many sessions as it may have");
  auto connection = account.take(Counted::descriptors, 2);  // its socket, and what it looks at
  if (!connection) return fail(Code::too_many, {}, "this user, or your address, has as much open as it may have");
  place->session = std::move(*counted);
  place->connection = std::move(*connection);
  return place;
}

net::Task<Error> refuse_login(ControlSession& session, const Login& request, Error why) {
  const ServerContext& context = session.context;
  context.guard.offended(source_of(session.stream.peer()), Offence::failed_login);
  context.observer.note(LoginFailed{session.stream.peer(), request.user, request.method});
  // The peer is not told that it is not its own fault.
  auto usable = co_await session.context.disk.run([&] { return context.authenticator.check(); });
  if (!usable) context.observer.note(Trouble{usable.error()});
  auto pause = limits::failed_login_delay;
  co_await net::sleep_for(pause);
  if (++session.failed_logins >= limits::failed_logins)
    session.end({Code::login_failed, {}, {}, "too many failed logins"});
  co_return why;
}

// What is not configured is not there for anybody.
bool is_off(const Extension& extension, const Config& config) {
  return (extension.name == extensions::exec && config.exec.empty()) ||
         (extension.name == extensions::plain_data && !config.allow_plain_data);
}

SessionInfo about(const ControlSession& session) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {.number = session.number,
          .user = session.user->user,
          .client = printable(session.hello->client),  // for whoever looks, in whichever form
          .since = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(),
          .own = false,
          .peer = session.stream.peer()};
}

}  // namespace

net::Task<Result<HelloReply>> hello(ControlSession& session, const Hello& request) {
  const ServerContext& context = session.context;
  if (session.hello) co_return fail(Code::invalid_request, "hello", "comes once");
  if (request.version != protocol_version)
    co_return fail(Code::unsupported, "params.version",
                   "this server speaks version " + std::to_string(protocol_version));
  if (request.instance.size() > instance_bytes)
    co_return fail(Code::invalid_request, "params.instance", "must be a short text");
  if (std::ranges::find(request.digests, only_digest) == request.digests.end())
    co_return fail(Code::unsupported, "params.digests", "this server knows md5, and the client does not offer it");
  if (context.stopping) co_return fail(Code::shutting_down, {}, "the server is stopping");
  session.hello = request;
  session.hello->client.resize(std::min(request.client.size(), client_bytes));
  HelloReply reply{.server = "dftp/" DFTP_VERSION, .login = {}, .extensions = {}, .digest = std::string(only_digest)};
  reply.login = context.authenticator.methods(session.stream.credentials().has_value());
  const auto config = context.config.get();
  for (const Extension& extension : all_extensions()) {
    if (is_off(extension, *config)) {
      session.missing.push_back(&extension);
    } else {
      reply.extensions.emplace_back(extension.name);
    }
  }
  co_return reply;
}

net::Task<Result<LoginReply>> login(ControlSession& session, const Login& request) {
  ServerContext& context = session.context;
  if (session.user) co_return fail(Code::invalid_request, "login", "this session is logged in already");
  std::optional<LoginTurns::Turn> turn;  // kept while a wrong password is made to wait
  auto user = co_await verify(session, request, turn);
  if (!user && session.ending) co_return std::unexpected(user.error());
  if (!user) {
    auto why = co_await refuse_login(session, request, user.error());
    co_return std::unexpected(std::move(why));
  }
  turn.reset();
  const std::string source = source_of(session.stream.peer());
  auto account = context.guard.budgets.account(user->user, source);
  auto place = place_for(session, *account);
  if (!place) {
    context.observer.note(Refused{session.stream.peer(), "too many sessions: " + place.error().detail});
    co_return std::unexpected(place.error());
  }
  auto pools = context.pools.of(user->user, source);
  auto storage = co_await pools->disk.run([&] { return context.home_storages.open(user->home); });
  if (!storage) {
    context.observer.note(Trouble{storage.error()});
    co_return std::unexpected(storage.error());
  }
  session.storage = std::move(*storage);
  session.pools = std::move(pools);
  session.account = std::move(account);
  session.place = std::move(*place);
  session.rate_limits = context.rate_limits.of(user->user, user->limit_rate);
  session.number = ++context.sessions_opened;
  session.user = std::move(*user);
  session.seat = context.presence.enter(about(session), session);
  context.observer.note(
      SessionOpened{session.number, session.stream.peer(), session.user->user, session.hello->client});
  // The user may have been changed since the password was compared.
  review(session);
  if (session.ending) co_return std::unexpected(*session.ending);
  co_return LoginReply{session.user->user, session.user->write, context.config->allow_plain_data, session.user->talk};
}

net::Task<Result<Empty>> ping(ControlSession&, const Ping&) {
  co_return Empty{};
}

net::Task<Result<Empty>> cancel(ControlSession& session, const Cancel& request) {
  session.cancel(request.id);
  co_return Empty{};
}

net::Task<Result<Empty>> bye(ControlSession& session, const Bye&) {
  session.left = true;
  session.end({Code::cancelled, {}, {}, "the client said goodbye"});
  co_return Empty{};
}

}  // namespace dftp::server::commands
