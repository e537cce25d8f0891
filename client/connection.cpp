#include "client/connection.h"

#include "client/connection_core.h"
#include "proto/transfer/rate_limited_stream.h"
#include "proto/transfer/ticket.h"

namespace dftp::client {

std::string ConnectOptions::make_instance() {
  return random_hex(16);
}

net::Task<Result<std::shared_ptr<Connection>>> Connection::open(net::Executor executor, net::DiskPool& pool,
                                                                const ConnectOptions& options,
                                                                const std::shared_ptr<Candidates>& candidates) {
  auto known = candidates;
  if (known->list.empty()) {
    const auto find = [&] { return find_credentials(options.credentials, options.endpoint, options.user); };
    auto found = co_await pool.run(find);
    if (!found) co_return std::unexpected(std::move(found.error()));
    *known = std::move(*found);
  }
  const auto core = std::make_shared<Core>(executor, pool, options, known);
  if (auto connected = co_await core->connect(); !connected) co_return std::unexpected(std::move(connected.error()));
  co_await core->begin_login();
  co_return std::shared_ptr<Connection>(new Connection(core));
}

Connection::~Connection() {
  close();
}

net::Task<Result<LoginReply>> Connection::logged_in() {
  const auto core = core_;
  co_return co_await core->logged_in();
}

net::Task<Result<json::Value>> Connection::exchange(std::string_view command, const json::Value& params,
                                                    net::Duration limit, Flush flush,
                                                    std::shared_ptr<Running> running) {
  const auto core = core_;
  co_return co_await core->exchange(command, params, limit, flush, running);
}

net::Task<Result<json::Value>> Connection::first_part(std::string command, json::Value params,
                                                      std::shared_ptr<Running>& running,
                                                      std::function<void()> on_sent) {
  const auto core = core_;
  co_return co_await core->first_part(std::move(command), std::move(params), running, std::move(on_sent));
}

net::Task<Result<std::unique_ptr<net::Stream>>> Connection::open_data(bool plain) const {
  const auto core = core_;
  const DataRoute route{core->dialed.address, core->options.endpoint.host, core->dialed.fingerprint, plain};
  std::unique_ptr<net::Stream> stream = co_await core->spares->take(plain);
  if (!stream) {
    auto dialed = co_await dial_again(route, core->options.connect_limit);
    if (!dialed) co_return dialed;
    stream = std::move(*dialed);
  }
  const auto& limit = core->options.rate_limit;
  co_return rate_limited(traced_data(core->options.trace, std::move(stream)), {limit, limit}, core->executor);
}

std::size_t Connection::early_data() const {
  return core_->spares->left();
}

const Endpoint& Connection::address() const {
  return core_->dialed.address;
}

const std::string& Connection::fingerprint() const {
  return core_->dialed.fingerprint;
}

bool Connection::open() const {
  return !core_->channel->ended();
}

net::Task<void> Connection::until_lost() const {
  const auto channel = core_->channel;
  co_await RequestMultiplexer::until_ended(channel);
}

net::Task<void> Connection::finish() {
  const auto core = core_;
  const auto channel = core->channel;
  core->spares->close();
  channel->send(Bye::command, to_json(Bye{}));
  co_await channel->finish();
}

void Connection::close() {
  core_->close();
}

net::Duration Connection::round_trip() const {
  return core_->dialed.round_trip;
}

}  // namespace dftp::client
