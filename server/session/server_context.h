// What all sessions share. server/main owns it; it outlives every loop.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>

#include "proto/net/async.h"
#include "proto/wire/operator.h"
#include "server/guard/slots.h"

namespace dftp::net {
class DiskPool;
}

namespace dftp {
class DigestCache;
}

namespace dftp::server {

class Authenticator;
class HomeStorages;
class Mounts;
class Observer;
class PartialCollector;
class Presence;
class Tickets;
class Uploads;
class UserPoolTable;
class UserRateLimits;
class Watches;
struct CommandSpec;
class CurrentConfig;
struct Guard;

// What review_all() has told of the users; its loop's.
struct Reviewed {
  std::uint64_t generation = 0;
  bool unusable = false;
};

struct ServerContext {
  // Constant after construction.
  const CurrentConfig& config;
  std::span<const CommandSpec> commands;
  const Authenticator& authenticator;
  Observer& observer;

  // Thread-safe. What is done on the pools themselves is the server's own, users have queues to them: `pools`.
  net::DiskPool& disk;
  net::DiskPool& hashing;  // of its own, so that digests of whole files keep nobody's other work waiting
  net::DiskPool& logins;   // of its own, so that a storm of wrong passwords keeps nobody's disk work waiting
  HomeStorages& home_storages;
  Tickets& tickets;
  Uploads& uploads;
  DigestCache& leaves;
  PartialCollector& partial_collector;
  UserRateLimits& rate_limits;
  UserPoolTable& pools;
  Watches& watches;
  Mounts& mounts;
  Presence& presence;
  Guard& guard;  // who may have how much, and who may come in

  Reviewed reviewed{};
  std::atomic<std::uint64_t> sessions_opened{0};
  SlotCount unknown{0};               // connections that have not said who they are
  SlotCount sessions{0};              // logged in
  SlotCount controls{0};              // control connections, logged in or not
  SlotCount commands_running{0};      // remote ones
  std::atomic<bool> trim_due{false};  // what a peak of memory has left can be given back
  std::atomic<bool> stopping{false};  // no new sessions and transfers

  // Takes up a changed configuration, for the operator; on the main loop. Set before anything runs.
  std::function<net::Task<Result<ReloadReply>>()> reload{};
};

}  // namespace dftp::server
