// The tickets that are out: each opens one data connection of one transfer or mount, once.
// docs/protocol/core.md, "Data connections".
#pragma once

#include <deque>
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

  struct Redeemed {
    Ticket ticket;
    Grant grant;
  };
  // Spends the ticket. Code::login_failed, in the same words, for one that is unknown, spent, too old or not proved;
  // a wrong proof does not spend it, or whoever sees an identity pass by could. Code::denied for a plain connection
  // that was not granted.
  Result<Redeemed> redeem(const AttachProof& attach, Transport transport);
  void forget(const Ticket& ticket);

  std::size_t size() const;

 private:
  struct Issued {
    Ticket ticket;
    Grant grant;
    Clock::time_point end;
  };
  void sweep();

  Clock::time_point (*const now_)();
  mutable std::mutex mutex_;
  std::map<std::string, Issued> issued_;                          // by identity
  std::deque<std::pair<Clock::time_point, std::string>> by_end_;  // all live equally long: in the order of issue
};

}  // namespace dftp::server
