#include "client/connection_core.h"

#include <algorithm>

#include "client/stream_counts.h"
#include "proto/wire/extensions.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

using Clock = std::chrono::steady_clock;

// After this time the server is about to close a connection without login: somebody was asked and took long.
constexpr auto stale_after = limits::before_login - 10s;

// What a request takes at a server besides its params, and more.
constexpr std::size_t frame_overhead = 256;

bool is_stale(const Dialed& dialed) {
  return Clock::now() - dialed.connected_at > stale_after;
}

std::string_view trust_in(const Dialed& dialed, const IdentityPolicy& identity) {
  if (!identity.fingerprint.empty()) return "as it was given";
  if (!identity.authorities.empty()) return "vouched for by a given authority";
  switch (dialed.known) {
    case Known::before: return "known";
    case Known::vouched: return "vouched for by an authority of this system";
    case Known::just_now: break;
  }
  return "accepted just now";
}

std::string connected_step(const Dialed& dialed, const IdentityPolicy& identity) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(dialed.took).count();
  const std::string text = "connected to " + dialed.address.text() + " in " + std::to_string(milliseconds) + " ms";
  if (dialed.fingerprint.empty()) return text;
  return text + ", TLS 1.3, key " + dialed.fingerprint + " (" + std::string(trust_in(dialed, identity)) + ")";
}

Error closing(const ConnectOptions& options) {
  return {Code::cancelled, {}, options.endpoint.text(), "the connection is closed"};
}

}  // namespace

Connection::Core::Core(net::Executor on, net::DiskPool& disk_pool, const ConnectOptions& connect_options,
                       std::shared_ptr<Candidates> candidates)
    : options(connect_options), executor(on), pool(disk_pool), candidates_(std::move(candidates)), changed_(on) {}

net::Task<Result<void>> Connection::Core::connect() {
  tell("connecting to " + options.endpoint.text());
  auto made = co_await dial_with_spares();
  const bool stale = made && is_stale(*made);
  if (stale) made = co_await dial_with_spares();
  if (made && closed_) made = std::unexpected(closing(options));
  if (!made) co_return std::unexpected(std::move(made.error()));
  dialed = std::move(*made);
  tell(connected_step(dialed, options.identity));
  deadline_ = Clock::now() + std::max<net::Duration>(options.connect_limit - dialed.took, 1ms);
  candidates_->stranger |= dialed.known == Known::just_now;
  channel = std::make_shared<RequestMultiplexer>(executor, traced_control(options.trace, std::move(dialed.stream)),
                                                 options.on_event);
  channel->start(options.ping_interval);
  greeting_.reset();
  early_bytes_ = 0;
  Hello hello{.client = options.client, .instance = options.instance};
  for (const Extension& extension : all_extensions()) hello.extensions.emplace_back(extension.name);
  net::spawn(executor, read_greeting(shared_from_this(), channel->send(Hello::command, to_json(hello))));
  co_return Result<void>();
}

net::Task<Result<Dialed>> Connection::Core::dial_with_spares() {
  spares = std::make_shared<PreconnectedStreams>(executor, options.connect_limit);
  const OnReached begin = [this](const Endpoint& address, net::Duration round_trip) {
    const std::uint32_t early = std::min(options.early_streams, streams_for(round_trip).early);
    spares->connect(address, early > 0 ? early - 1 : 0);
  };
  if (options.early_streams > 0 && !options.endpoint.is_unix())
    spares->connect_first(options.endpoint, options.early_plain);
  auto made = co_await dial(pool, options.endpoint, options.identity, options.connect_limit, begin);
  if (made) {
    spares->go_on({made->address, options.endpoint.host, made->fingerprint, options.early_plain});
  } else {
    spares->close();
  }
  co_return made;
}

net::Task<void> Connection::Core::read_greeting(std::shared_ptr<Core> self, Reply hello) {
  const auto channel = self->channel;
  const auto reply = co_await self->answer(hello, Hello::command);
  if (channel != self->channel) co_return;
  const std::string server = self->dialed.address.text();
  auto greeting = reply ? read_from<HelloReply>(server, *reply, Hello::command) : std::unexpected(reply.error());
  if (greeting && greeting->version != protocol_version) {
    const std::string versions =
        "version " + std::to_string(greeting->version) + ", and this client speaks " + std::to_string(protocol_version);
    greeting = std::unexpected(breach(server, "its answer to hello", {Code::protocol, {}, {}, versions}));
  }
  if (greeting && greeting->digest != only_digest) {
    const std::string digest = "the digest " + printable(greeting->digest) + ", which was not offered";
    greeting = std::unexpected(breach(server, "its answer to hello", {Code::protocol, {}, {}, digest}));
  }
  self->greeting_ = std::move(greeting);
  self->changed_.notify_all();
}

// Until there is a session nobody waits longer for the server than for a connection.
net::Task<Result<json::Value>> Connection::Core::answer(Reply pending, std::string_view to) {
  const auto left = std::max<net::Duration>(deadline_ - Clock::now(), 1ms);
  auto reply = co_await channel->reply_to(pending, left);
  if (reply || reply.error().code != Code::timed_out || channel->ended()) co_return reply;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options.connect_limit).count();
  co_return fail(Code::timed_out, options.endpoint.text(),
                 "the server has taken the connection, and has not answered " + std::string(to) + " in " +
                     std::to_string(seconds) + " s");
}

net::Task<Result<HelloReply>> Connection::Core::greeted() {
  while (!greeting_) co_await changed_.wait();
  co_return *greeting_;
}

net::Task<void> Connection::Core::begin_login() {
  net::spawn(executor, log_in(shared_from_this()));
  while (!begun_) co_await changed_.wait();
}

net::Task<void> Connection::Core::log_in(std::shared_ptr<Core> self) {
  auto result = co_await self->try_all();
  self->login_ = std::move(result);
  self->begun_ = true;
  if (!*self->login_) self->channel->end(self->login_->error());
  self->changed_.notify_all();
}

net::Task<Result<LoginReply>> Connection::Core::try_all() {
  auto& list = candidates_->list;
  std::vector<std::string> refused;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::size_t number = (candidates_->first + i) % list.size();
    Candidate& candidate = list[number];
    if (is_withheld(candidate)) continue;
    early_ = i == 0 && !candidate.interactive;
    if (!early_) {
      const auto on_offer = co_await offered(candidate.method);
      if (!on_offer) co_return std::unexpected(on_offer.error());
      if (!*on_offer) continue;
    }
    const auto login = co_await make_login(candidate);
    if (!login && login.error().code == Code::cancelled) co_return std::unexpected(login.error());
    if (!login) {
      refused.push_back(candidate.origin + " (" + describe(login.error()) + ")");
      continue;
    }
    auto reply = co_await send_login(*login);
    if (reply) candidates_->first = number;
    if (reply)
      tell("logged in as " + reply->user + " with " + candidate.origin + (reply->write ? "" : ", for reading only"));
    if (!reply) tell("login with " + candidate.origin + ": " + describe(reply.error()));
    if (reply || reply.error().code != Code::login_failed) co_return reply;
    refused.push_back(candidate.origin);
  }
  co_return std::unexpected(login_error(*candidates_, refused, options.endpoint));
}

bool Connection::Core::is_withheld(const Candidate& candidate) {
  if (!candidates_->stranger || !candidate.ambient) return false;
  const std::string note = candidate.origin +
                           " was kept from this server, which was accepted only just now with the fingerprint " +
                           dialed.fingerprint +
                           "; compare that with what the server prints, and give the command "
                           "again, or with --fingerprint";
  if (std::ranges::find(candidates_->notes, note) == candidates_->notes.end()) candidates_->notes.push_back(note);
  return true;
}

net::Task<Result<bool>> Connection::Core::offered(const std::string& method) {
  begun_ = true;
  changed_.notify_all();
  const auto greeting = co_await greeted();
  if (!greeting) co_return std::unexpected(greeting.error());
  co_return std::ranges::find(greeting->login, method) != greeting->login.end();
}

net::Task<Result<Login>> Connection::Core::make_login(Candidate& candidate) {
  const Exporter exporter = channel->stream().exported_key(login_exporter_label);
  const auto make = [&] { return candidate.make(exporter); };
  const auto begun = Clock::now();
  auto login = co_await pool.run(make);
  deadline_ += Clock::now() - begun;
  if (!candidate.interactive || !login) co_return login;
  candidate.interactive = false;  // it remembers
  if (!is_stale(dialed)) co_return login;
  channel->end(closing(options));
  if (auto connected = co_await connect(); !connected) co_return std::unexpected(std::move(connected.error()));
  co_return login;
}

net::Task<Result<LoginReply>> Connection::Core::send_login(const Login& login) {
  const auto pending = channel->send(Login::command, to_json(login));
  begun_ = true;
  changed_.notify_all();
  const auto reply = co_await answer(pending, Login::command);
  // The hello's own error comes first: a server that speaks another version understands no login either.
  const auto greeting = co_await greeted();
  if (!greeting || !reply) co_return std::unexpected(greeting ? reply.error() : greeting.error());
  co_return read_from<LoginReply>(dialed.address.text(), *reply, Login::command);
}

net::Task<Result<LoginReply>> Connection::Core::logged_in() {
  while (!login_) co_await changed_.wait();
  co_return *login_;
}

// Before the login is through the server says so itself.
Result<void> Connection::Core::is_offered(std::string_view command) const {
  const Extension* extension = extension_of(command);
  if (!extension || !greeting_ || !*greeting_ || has_extension((*greeting_)->extensions, extension->name)) return {};
  return fail(Code::unsupported, options.endpoint.text(), "this server has " + lacks(*extension));
}

net::Task<Result<json::Value>> Connection::Core::exchange(std::string_view command, const json::Value& params,
                                                          net::Duration limit, Flush flush,
                                                          std::shared_ptr<Running> running) {
  if (limit == net::Duration::zero()) limit = options.request_limit;
  // Before the login only short frames are taken, and few.
  const std::size_t size = login_ ? 0 : json::write(params).size() + frame_overhead;
  bool wait = !login_ && (!early_ || early_bytes_ + size > limits::frame_before_login / 2);
  if (!wait) early_bytes_ += size;
  while (true) {
    if (wait || login_) {
      const auto login = co_await logged_in();
      if (!login) co_return std::unexpected(login.error());
      if (auto offered = is_offered(command); !offered) co_return std::unexpected(offered.error());
    }
    co_await channel->room();
    if (running && running->cancelled()) co_return fail(Code::cancelled, {}, "cancelled before it was sent");
    const auto used = channel;
    const bool certain = login_.has_value();
    const auto pending = used->send(command, params, flush, running);
    auto reply = co_await used->reply_to(pending, limit);
    if (!certain && reply) {
      const auto greeting = co_await greeted();
      if (!greeting) co_return std::unexpected(greeting.error());
    }
    if (certain || reply || reply.error().code != Code::login_required) co_return reply;
    wait = true;
  }
}

// What the request has brought so far.
struct Connection::Core::First {
  explicit First(net::Executor executor) : arrived(std::move(executor)) {}
  void take(Result<json::Value> came) {
    if (part) return;
    part = std::move(came);
    arrived.notify_all();
  }
  std::shared_ptr<Running> running;
  std::optional<Result<json::Value>> part;
  net::Signal arrived;
};

net::Task<Result<json::Value>> Connection::Core::first_part(std::string command, json::Value params,
                                                            std::shared_ptr<Running>& running,
                                                            std::function<void()> on_sent) {
  const auto first = std::make_shared<First>(executor);
  running = std::make_shared<Running>(
      [weak = std::weak_ptr(first)](const json::Value& part) {
        if (const auto there = weak.lock()) there->take(part);
      },
      std::move(on_sent));
  first->running = running;
  net::spawn(executor, carry_out(shared_from_this(), std::move(command), std::move(params), first));
  while (!first->part) co_await first->arrived.wait();
  co_return *first->part;
}

// Until its reply, which tells nothing that is not known by then, if there was a part.
net::Task<void> Connection::Core::carry_out(std::shared_ptr<Core> self, std::string command, json::Value params,
                                            std::shared_ptr<First> first) {
  auto reply = co_await self->exchange(command, params, {}, Flush::now, first->running);
  if (!reply && reply.error().code == Code::timed_out) first->running->cancel();
  if (reply)
    reply = std::unexpected(breach(self->dialed.address.text(), "its answer to " + command,
                                   {Code::protocol, {}, {}, "the first part is missing"}));
  first->take(std::move(reply));
}

void Connection::Core::close() {
  closed_ = true;
  if (spares) spares->close();
  channel->end(closing(options));
}

}  // namespace dftp::client
