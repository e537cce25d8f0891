// What all sessions share. serve() makes it; it outlives every loop.
#pragma once

#include <span>

#include "proto/net/disk_pool.h"
#include "proto/transfer/digest_cache.h"
#include "proto/wire/limits.h"
#include "server/auth/authenticator.h"
#include "server/config/config.h"
#include "server/guard/slots.h"
#include "server/mount/mounts.h"
#include "server/observe/event.h"
#include "server/session/home_storages.h"
#include "server/session/partial_collector.h"
#include "server/session/presence.h"
#include "server/session/rate_limits.h"
#include "server/session/tickets.h"
#include "server/session/uploads.h"
#include "server/session/user_pools.h"

namespace dftp::server {

struct CommandSpec;
struct Guard;  // guard.h
std::shared_ptr<Guard> make_guard(const Config& config);

// What review_all() has told of the users; its loop's.
struct Reviewed {
  std::uint64_t generation = 0;
  bool unusable = false;
};

struct ServerContext {
  // Constant after construction.
  const Config& config;
  std::span<const CommandSpec> commands;
  const Authenticator& authenticator;
  Observer& observer;

  // Thread-safe. What is done on the pools themselves is the server's own, users have queues to them: `pools`.
  net::DiskPool& disk;
  net::DiskPool& hashing;  // of its own, so that digests of whole files keep nobody's other work waiting
  net::DiskPool& logins;   // of its own, so that a storm of wrong passwords keeps nobody's disk work waiting
  HomeStorages home_storages;
  Tickets tickets{};
  Uploads uploads{};
  DigestCache leaves{limits::digest_cache};
  PartialCollector partial_collector{};
  UserRateLimits rate_limits{config.limit_rate};
  UserPoolTable pools{disk, hashing};
  Watches watches{config.max_watches};  // goes after the mounts
  Mounts mounts{watches, home_storages.share()};
  Presence presence{};
  Reviewed reviewed{};
  const std::shared_ptr<Guard> guard = make_guard(config);  // who may have how much, and who may come in
  std::atomic<std::uint64_t> sessions_opened{0};
  SlotCount unknown{0};               // connections that have not said who they are
  SlotCount sessions{0};              // logged in
  SlotCount controls{0};              // control connections, logged in or not
  SlotCount commands_running{0};      // remote ones
  std::atomic<bool> trim_due{false};  // what a peak of memory has left can be given back
  std::atomic<bool> stopping{false};  // no new sessions and transfers
};

}  // namespace dftp::server
