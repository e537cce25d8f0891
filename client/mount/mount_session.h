// One mounted tree of a server, whatever becomes of single connections: keeps a control connection and data connections
// open, takes the mount over when they were lost, and sends again what was not answered. Belongs to one loop.
//
// An operation waits for the server as MountPlan::timeout says, then it is Code::timed_out; without a connection that
// long, operations fail at once. When the server has lost the mount, a new one is made: the *epoch* counts these.
// Nodes and handles are worth something in their epoch only, and what was under way is Code::io, ESTALE.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <set>

#include "client/mount/commands.h"
#include "client/mount/data_pool.h"
#include "client/server_handle.h"

namespace dftp::client {

struct MountPlan {
  ConnectOptions connect;  // ping_interval and on_event are set here
  RemotePath path;
  net::Duration timeout = 30s;  // no_limit: waits for ever
  std::uint32_t streams = 0;    // 0: by the round trip
  bool plain = false;           // data connections without TLS, where the server grants it
};

// Called on the loop; must not block.
class MountObserver {
 public:
  virtual ~MountObserver() = default;
  virtual void changed(const fs::Changed& event) = 0;
  // Events have been lost: nothing that is known holds, nor what is older than event `number`.
  virtual void missed(std::uint64_t number) = 0;
  // Its machine was started again, after it was last heard of at this time: what was not synced may be lost. replaced()
  // follows.
  virtual void rebooted(std::chrono::steady_clock::time_point heard) = 0;
  // The server has lost the mount; there is a new one, of this epoch.
  virtual void replaced(std::uint64_t epoch) = 0;
};

bool is_stale(const Error& error);

class MountSession {
 public:
  MountSession(net::Executor executor, net::DiskPool& pool, MountPlan plan, MountObserver& observer);
  ~MountSession();
  MountSession(const MountSession&) = delete;
  MountSession& operator=(const MountSession&) = delete;

  // The first connection, login and mount; one attempt. After it the session looks after itself.
  net::Task<Result<fs::MountReply>> open();
  // Ends the mount at the server, where it can be reached, and closes.
  net::Task<void> finish();

  // What an operation waits for: an answer within the timeout; one for as long as the server is there at all; or as
  // long as the mount lives, where nobody waits for it and it must be done.
  enum class WaitLimit { usual, endless, lifelong };

  // `running` can cancel it, whatever becomes of connections.
  // `epoch` is the one that the request's nodes and handles are of. A request that changes something is carried out
  // once, however often it had to be sent.
  template <class Request>
  net::Task<Result<ReplyTo<Request>>> call(Request request, std::uint64_t epoch,
                                           WaitLimit wait_limit = WaitLimit::usual, Flush flush = Flush::now,
                                           std::shared_ptr<Running> running = nullptr) {
    return exchange(state_, std::move(request), epoch, wait_limit, flush, std::move(running));
  }
  // A command of the session itself.
  template <class Request>
  net::Task<Result<ReplyTo<Request>>> ask(Request request) {
    const auto state = state_;
    const auto begun = std::chrono::steady_clock::now();
    const auto connection = co_await ready(state, begun, WaitLimit::usual);
    if (!connection) co_return std::unexpected(connection.error());
    co_return co_await (*connection)->call(request, no_limit);
  }

  // Returns when there is a connection, or fails as an operation of this patience would.
  net::Task<Result<void>> reachable(WaitLimit wait_limit) {
    const auto state = state_;
    const auto connection = co_await ready(state, std::chrono::steady_clock::now(), wait_limit);
    if (!connection) co_return std::unexpected(connection.error());
    co_return Result<void>();
  }

  net::Task<Result<ReadResult>> read(std::uint64_t handle, std::uint64_t epoch, std::uint64_t offset,
                                     std::uint32_t count, bool ahead);
  net::Task<Result<WriteResult>> write(std::uint64_t handle, std::uint64_t epoch, std::uint64_t offset,
                                       SharedBuffer data);
  // At the end of the file.
  net::Task<Result<WriteResult>> append(std::uint64_t handle, std::uint64_t epoch, SharedBuffer data);

  std::uint64_t epoch() const { return state_->epoch; }
  bool connected() const { return state_->connection != nullptr; }
  const fs::MountReply& granted() const { return state_->granted; }
  const DataPool& data() const { return *state_->data; }
  net::Executor executor() const { return state_->executor; }
  net::Duration round_trip() const { return state_->round_trip; }
  // Why there is no connection.
  const std::optional<Error>& trouble() const { return state_->trouble; }

 private:
  // Seqs of an epoch that have no reply yet.
  struct Sequence {
    explicit Sequence(net::Executor executor) : fewer(std::move(executor)) {}
    std::uint64_t last = 0;
    std::set<std::uint64_t> outstanding;
    std::size_t unhurried = 0;  // of them
    net::Signal fewer;
    // Who waits for room, one after the other: each that has gone wakes the next, and not all of thousands.
    using Queue = std::deque<std::shared_ptr<net::Signal>>;
    Queue queue, unhurried_queue;
    bool has_room(WaitLimit wait_limit) const;
    void wake();
    void wake_all();
  };
  struct State {
    State(net::Executor on, net::DiskPool& pool, MountPlan mount_plan, MountObserver& mount_observer);
    const net::Executor executor;
    const MountPlan plan;
    MountObserver* observer;  // nullptr once the session has gone
    ServerHandle session;
    const std::shared_ptr<DataPool> data;
    std::shared_ptr<Connection> connection;  // only while the mount stands on it
    fs::MountReply granted;
    net::Duration round_trip{};
    bool plain = false;
    std::uint64_t epoch = 0, seen = 0;
    std::shared_ptr<Sequence> sequence = std::make_shared<Sequence>(executor);
    std::optional<Error> trouble;
    std::chrono::steady_clock::time_point down_since;
    bool closed = false;
    net::Signal changed;  // connection, or closed
    net::Signal wanted;   // somebody waits for a connection
  };
  using StatePointer = std::shared_ptr<State>;

  struct Outstanding {
    Outstanding(State& state, std::uint64_t epoch, WaitLimit wait_limit);
    ~Outstanding();
    std::uint64_t acked() const;
    // The server keeps too many replies. More of them have been acknowledged when this returns true.
    net::Task<bool> may_repeat(const Error& error) const;
    std::shared_ptr<Sequence> sequence;
    std::uint64_t seq;
    bool unhurried;
  };

  template <class Request>
  static net::Task<Result<ReplyTo<Request>>> exchange(StatePointer state, Request request, std::uint64_t epoch,
                                                      WaitLimit wait_limit, Flush flush,
                                                      std::shared_ptr<Running> running = nullptr) {
    const auto begun = std::chrono::steady_clock::now();
    [[maybe_unused]] std::shared_ptr<Outstanding> outstanding;
    if constexpr (requires { request.once; }) {
      const auto room = co_await room_for_one(state, epoch, begun, wait_limit);
      if (!room) co_return std::unexpected(room.error());
      outstanding = std::make_shared<Outstanding>(*state, epoch, wait_limit);
      request.once.seq = outstanding->seq;
    }
    bool sent = false;
    while (true) {
      const auto connection = co_await ready(state, begun, wait_limit);
      if (!connection) {
        if (sent) give_back_late(state, request, epoch, outstanding);
        co_return std::unexpected(connection.error());
      }
      if (state->epoch != epoch) co_return std::unexpected(stale());
      if constexpr (requires { request.once; }) request.once.acked = outstanding->acked();
      const net::Duration limit = wait_limit == WaitLimit::usual ? left(*state, begun) : no_limit;
      sent = true;
      auto reply = co_await (*connection)->call(request, limit, flush, running);
      if constexpr (requires { request.once; }) {
        if (!reply && co_await outstanding->may_repeat(reply.error())) continue;
      }
      if (!reply && (*connection)->open() && reply.error().code == Code::timed_out)
        give_back_late(state, request, epoch, outstanding);
      if (reply || (*connection)->open()) co_return reply;
    }
  }
  // Of a request that was given up nobody else learns what it has opened, or which node it was handed: that is given
  // back when the server can be asked. What has not come to the server by then is never carried out.
  template <class Request>
  static void give_back_late(const StatePointer& state, const Request& request, std::uint64_t epoch,
                             const std::shared_ptr<Outstanding>& outstanding) {
    using Reply = ReplyTo<Request>;
    constexpr bool hands_out = std::is_same_v<Reply, fs::OpenReply> || std::is_same_v<Reply, fs::EntryReply>;
    if constexpr (hands_out && requires { request.once; }) {
      net::spawn(state->executor, give_back(state, request, epoch, outstanding));
    }
  }
  template <class Request>
  static net::Task<void> give_back(StatePointer state, Request request, std::uint64_t epoch,
                                   std::shared_ptr<Outstanding> outstanding) {
    request.once.given_up = true;
    while (true) {
      const auto begun = std::chrono::steady_clock::now();
      const auto connection = co_await ready(state, begun, WaitLimit::lifelong);
      if (!connection || state->epoch != epoch) co_return;
      request.once.acked = outstanding->acked();
      const auto reply = co_await (*connection)->call(request, no_limit, Flush::soon);
      if (!reply && (*connection)->open()) co_return;
      if (!reply) continue;
      outstanding.reset();
      if constexpr (requires { reply->handle; }) {
        fs::Release release;
        release.handle = reply->handle;
        (void)co_await exchange(state, release, epoch, WaitLimit::lifelong, Flush::soon);
      }
      // fs.open names the node without handing it out.
      if constexpr (!std::is_same_v<Request, fs::Open>) {
        const fs::Forget forget{.once = {}, .nodes = {reply->node}, .counts = {1}};
        (void)co_await exchange(state, forget, epoch, WaitLimit::lifelong, Flush::soon);
      }
      co_return;
    }
  }
  static Error stale();
  static net::Task<Result<std::shared_ptr<Connection>>> ready(StatePointer state,
                                                              std::chrono::steady_clock::time_point begun,
                                                              WaitLimit wait_limit);
  // Waits until the server surely has room for one more reply.
  static net::Task<Result<void>> room_for_one(StatePointer state, std::uint64_t epoch,
                                              std::chrono::steady_clock::time_point begun, WaitLimit wait_limit);
  // Of the time that an operation may take, all attempts together.
  static net::Duration left(const State& state, std::chrono::steady_clock::time_point begun);
  static net::Task<Result<void>> connect(StatePointer state);
  static net::Task<Result<fs::MountReply>> take_over(StatePointer state, std::shared_ptr<Connection> connection);
  static net::Task<void> keep(StatePointer state);
  static net::Task<void> keep_data(StatePointer state, std::shared_ptr<Connection> connection);
  static net::Task<Result<void>> open_data(StatePointer state, std::shared_ptr<Connection> connection,
                                           std::uint32_t count);
  static void take_event(const std::weak_ptr<State>& weak, const json::Value& event);

  const StatePointer state_;
};

}  // namespace dftp::client
