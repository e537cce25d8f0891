// The tickets that are out: each opens one data connection of one transfer or mount, once.
// docs/protocol/core.md, "Data connections".
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "proto/net/async.h"
#include "proto/transfer/ticket.h"

namespace dftp::server {

class Account;
class DataService;

// What a ticket is good for.
struct Grant {
  std::weak_ptr<DataService> service;  // to be locked on `home` only: it must not end on another loop
  net::Executor home;                  // the loop that it lives on
  bool lead = false;
  bool plain = false;                        // a TCP connection without TLS will do
  std::shared_ptr<const Account> account{};  // who pays for the connection, nullptr: nobody counts,
  std::size_t bytes = 0;                     // and the memory that it takes for as long as it lives
};

// How the data connection came.
enum class Transport { secure, plain };

// Shared by all loops; thread-safe.
class Tickets {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Tickets(Clock::time_point (*now)() = Clock::now) : now_(now) {}

  Ticket issue(Grant grant);
  // The same of a ticket that a client has made. Code::exists when this identity is out already.
  Result<void> take(const Ticket& ticket, Grant grant);

  struct Redeemed {
    Ticket ticket;
    Grant grant;
  };
  // Spends the ticket. Code::login_failed, in the same words, for one that is unknown, spent, too old or not proved;
  // a wrong proof does not spend it, or whoever sees an identity pass by could. Code::denied for a plain connection
  // that was not granted.
  Result<Redeemed> redeem(const AttachProof& attach, Transport transport);
  void forget(const Ticket& ticket);

  // `wake` is called once, from any thread and soon, when this identity is taken or refused; at once if it is out. It
  // is dropped by let_go().
  using Wake = std::function<void(bool taken)>;
  std::uint64_t wait_for(const AttachProof& attach, Wake wake);
  void let_go(std::uint64_t waiting);
  // Wakes those who wait for a ticket that was not taken, and who comes for it a little later.
  void refuse(const Ticket& ticket);

  std::size_t size() const;

 private:
  struct Issued {
    Ticket ticket;
    Grant grant;
    Clock::time_point end;
  };
  struct Waiting {
    std::string identity;
    Wake wake;
  };
  void put(const Ticket& ticket, Grant grant);
  void sweep();
  void wake(const std::string& identity, bool taken);

  Clock::time_point (*const now_)();
  mutable std::mutex mutex_;
  std::map<std::string, Issued> issued_;                          // by identity
  std::deque<std::pair<Clock::time_point, std::string>> by_end_;  // all live equally long: in the order of issue
  std::map<std::uint64_t, Waiting> waiting_;                      // as many as there are connections without login
  std::uint64_t waited_ = 0;
  std::deque<std::string> refused_;  // by identity, the last ones
};

}  // namespace dftp::server
