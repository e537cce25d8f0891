// One control connection: opened, logged in, and then any number of requests at a time.
//
// Belongs to one loop. hello and login go out with the first requests in one flight: open() returns when they are on
// their way, and a call() may be made at once. A call that the server could not answer because an attempt to log in
// failed is sent again after the one that succeeds; when none does, it returns that error (Code::login_failed).
#pragma once

#include <memory>
#include <string>

#include "client/breach.h"
#include "client/commands.h"
#include "client/credentials.h"
#include "client/identity.h"
#include "client/request_multiplexer.h"
#include "client/trace.h"
#include "proto/net/disk_pool.h"
#include "proto/net/stream.h"
#include "proto/transfer/rate_limit.h"

namespace dftp::client {

using namespace std::chrono_literals;

struct ConnectOptions {
  Endpoint endpoint;
  std::string user;  // empty: not given
  std::string client = "dftp";
  // Random, the same for all connections of this process: a new transfer ends the older, lost one to the same target.
  std::string instance = make_instance();
  IdentityPolicy identity;
  CredentialSources credentials;
  // For TCP, TLS, hello and login together, without the time in which somebody is asked.
  net::Duration connect_limit = 15s;
  net::Duration request_limit = 60s;  // for a reply, where call() is not told otherwise
  // A transfer follows at once: data connections are opened along with the control connection, at most so many.
  std::uint32_t early_streams = 0;
  bool early_plain = false;               // they are to be without TLS
  std::shared_ptr<RateLimit> rate_limit;  // of all data connections together, each way
  net::Duration ping_interval = 20s;      // three unanswered: the connection is lost
  RequestMultiplexer::OnEvent on_event;   // what the server pushes; but parts of answers
  std::shared_ptr<Trace> trace;           // of all its connections; nullptr: none
  // Hears in a sentence what becomes of the connection: where it leads, whose key is there, who is logged in and how.
  std::function<void(const std::string& step)> on_step;

  static std::string make_instance();
};

class Connection {
 public:
  // Code::unreachable, Code::timed_out, Code::identity. `candidates` are looked for in options.credentials when there
  // are none (the errors of find_credentials), and remember what helped for the next connection.
  static net::Task<Result<std::shared_ptr<Connection>>> open(net::Executor executor, net::DiskPool& pool,
                                                             const ConnectOptions& options,
                                                             const std::shared_ptr<Candidates>& candidates);
  ~Connection();  // closes at once; calls that wait end with Code::cancelled
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Waits for the login's end.
  net::Task<Result<LoginReply>> logged_in();

  // Sends a request and waits for its reply. An error is the server's own, or Code::timed_out when `limit` passed (the
  // connection stays), or what ended the connection: Code::disconnected, Code::timed_out, Code::protocol.
  // `request` must live until then: pass a variable.
  // `running`: hears the parts of the answer, and can cancel it; of a request with parts the limit is on the first one.
  template <class Request>
  net::Task<Result<ReplyTo<Request>>> call(const Request& request, net::Duration limit = {}, Flush flush = Flush::now,
                                           std::shared_ptr<Running> running = nullptr) {
    const json::Value params = to_json(request);
    auto result = co_await exchange(Request::command, params, limit, flush, running);
    if (!result) co_return std::unexpected(std::move(result.error()));
    co_return read_from<ReplyTo<Request>>(address().text(), *result, Request::command);
  }

  // A request that goes on after the first part of its answer: that part, or why there is none. `running` is set, and
  // can cancel it.
  template <class Request>
  net::Task<Result<PartOf<Request>>> begin(const Request& request, std::shared_ptr<Running>& running,
                                           std::function<void()> on_sent = {}) {
    auto part = co_await first_part(std::string(Request::command), to_json(request), running, std::move(on_sent));
    if (!part) co_return std::unexpected(std::move(part.error()));
    auto begun = read_from<PartOf<Request>>(address().text(), *part, Request::command);
    if (!begun) running->cancel();
    co_return begun;
  }

  // A further connection to the same address and the same certificate, for blocks. `plain`: without TLS. One of those
  // that were opened early, where there is one.
  net::Task<Result<std::unique_ptr<net::Stream>>> open_data(bool plain) const;
  // How many that were opened early are left.
  std::size_t early_data() const;

  // Where it really leads, and who is there; of a UNIX socket the fingerprint is empty.
  const Endpoint& address() const;
  const std::string& fingerprint() const;

  bool open() const;
  // Waits until it is not open any more.
  net::Task<void> until_lost() const;
  // Sends bye and closes; the server ends what is under way by itself.
  net::Task<void> finish();
  void close();

  net::Duration round_trip() const;  // as the handshakes took it

 private:
  class Core;
  explicit Connection(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  net::Task<Result<json::Value>> exchange(std::string_view command, const json::Value& params, net::Duration limit,
                                          Flush flush, std::shared_ptr<Running> running);
  net::Task<Result<json::Value>> first_part(std::string command, json::Value params, std::shared_ptr<Running>& running,
                                            std::function<void()> on_sent);

  std::shared_ptr<Core> core_;
};

}  // namespace dftp::client
