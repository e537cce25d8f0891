// One running transfer of a session: its engine, its tickets, and what the log will say of it.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "proto/transfer/engine.h"
#include "proto/transfer/ticket.h"
#include "proto/wire/limits.h"
#include "server/guard/budgets.h"
#include "server/session/data_service.h"
#include "server/session/rate_limits.h"

namespace dftp::server {

enum class TransferDirection { get, put };

// Descriptors of an upload that has just begun; later it counts what it has open.
inline constexpr std::size_t files_of_upload = 4;

// Lives on its session's loop. Its serving tasks and its session hold it; when the last of them lets go, its files are
// closed.
class ServerTransfer final : public TransferEvents, public DataService {
 public:
  ServerTransfer(std::uint64_t number, TransferDirection direction, std::vector<RemotePath> paths,
                 net::Executor executor, SessionRateLimits rate_limits = {})
      : number(number),
        direction(direction),
        paths(std::move(paths)),
        rate_limits(std::move(rate_limits)),
        changed(std::move(executor)) {}

  net::Task<void> attach(std::unique_ptr<net::Stream> stream, bool lead) override {
    if (lead) {
      attached = true;
      changed.notify_all();
    }
    const auto executor = co_await asio::this_coro::executor;
    auto held_back = rate_limits.apply(std::move(stream), executor);
    co_await engine->serve(std::move(held_back), lead);
  }
  void stop(Error why) { engine->stop(std::move(why)); }
  // Of an upload. Whether more may be open.
  bool count_files(std::size_t open) {
    files.set(std::max(files_of_upload, 2 * open));
    return !files.over();
  }
  // Why it is not a success: why it ended early, else what happened to the first item that failed.
  void settled(const Item&, Outcome outcome, const std::optional<Error>& error, const std::optional<Proof>&) override {
    if (error && outcome == Outcome::failed && !first_failure) first_failure = error;
    if (error && failures.size() < limits::kept_changes) failures.push_back(*error);
  }

  const std::uint64_t number;  // within the session
  const TransferDirection direction;
  const std::vector<RemotePath> paths;  // sources, or targets
  const std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  const SessionRateLimits rate_limits;
  std::shared_ptr<Engine> engine;  // set once, before anything runs
  Portion files;                   // that it may have open
  Portion request;                 // the bytes of its paths
  std::vector<Ticket> tickets;
  bool attached = false;     // the lead connection has come
  net::Signal changed;       // notified when it comes, and when the transfer has ended
  bool settled_all = false;  // it has ended, and not early: no file is held any more
  std::optional<Error> first_failure;
  std::vector<Error> failures;  // and notes, of single items, until somebody tells them
};

}  // namespace dftp::server
