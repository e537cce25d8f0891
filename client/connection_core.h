// Inside of a Connection: the channel, and the way through hello and login. Shared by the Connection and its tasks.
#pragma once

#include "client/connection.h"
#include "client/dial.h"
#include "client/preconnected_streams.h"

namespace dftp::client {

class Connection::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(net::Executor on, net::DiskPool& disk_pool, const ConnectOptions& connect_options,
       std::shared_ptr<Candidates> candidates);

  // Dials and sends hello.
  net::Task<Result<void>> connect();
  // Tries the candidates in turn, in a task of its own. Returns as soon as the first is on its way, right behind the
  // hello; one that asks somebody has to wait for the hello's reply.
  net::Task<void> begin_login();
  net::Task<Result<LoginReply>> logged_in();
  net::Task<Result<HelloReply>> greeted();
  net::Task<Result<json::Value>> exchange(std::string_view command, const json::Value& params, net::Duration limit,
                                          Flush flush, std::shared_ptr<Running> running);
  net::Task<Result<json::Value>> first_part(std::string command, json::Value params, std::shared_ptr<Running>& running,
                                            std::function<void()> on_sent);
  void close();

  const ConnectOptions options;
  net::Executor executor;
  net::DiskPool& pool;
  Dialed dialed;  // its stream is the channel's
  std::shared_ptr<RequestMultiplexer> channel;
  std::shared_ptr<PreconnectedStreams> spares;

 private:
  using Reply = std::shared_ptr<RequestMultiplexer::Pending>;
  static net::Task<void> read_greeting(std::shared_ptr<Core> self, Reply hello);
  struct First;
  static net::Task<void> carry_out(std::shared_ptr<Core> self, std::string command, json::Value params,
                                   std::shared_ptr<First> first);
  static net::Task<void> log_in(std::shared_ptr<Core> self);
  net::Task<Result<Dialed>> dial_with_spares();
  net::Task<Result<LoginReply>> try_all();
  net::Task<Result<bool>> offered(const std::string& method);
  net::Task<Result<Login>> make_login(Candidate& candidate);
  net::Task<Result<LoginReply>> send_login(const Login& login);
  net::Task<Result<json::Value>> answer(Reply pending, std::string_view to);
  Result<void> is_offered(std::string_view command) const;
  bool is_withheld(const Candidate& candidate);
  void tell(const std::string& step) const {
    if (options.on_step) options.on_step(step);
  }

  const std::shared_ptr<Candidates> candidates_;
  std::optional<Result<HelloReply>> greeting_;
  std::optional<Result<LoginReply>> login_;
  bool begun_ = false;
  bool closed_ = false;
  std::chrono::steady_clock::time_point deadline_{};  // of hello and login
  bool early_ = false;                                // requests may follow the login that is under way
  std::size_t early_bytes_ = 0;                       // of those
  net::Signal changed_;
};

}  // namespace dftp::client
