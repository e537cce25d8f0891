// The objects that all sessions share, in the order in which they need each other.
#pragma once

#include "proto/net/disk_pool.h"
#include "proto/transfer/digest_cache.h"
#include "proto/wire/limits.h"
#include "server/auth/authenticator.h"
#include "server/config/current_config.h"
#include "server/guard/guard.h"
#include "server/mount/mounts.h"
#include "server/session/home_storages.h"
#include "server/session/partial_collector.h"
#include "server/session/presence.h"
#include "server/session/rate_limits.h"
#include "server/session/server_context.h"
#include "server/session/tickets.h"
#include "server/session/uploads.h"
#include "server/session/user_pools.h"

namespace dftp::server {

// What it is made from must outlive it, and it every loop.
class ServerState {
 public:
  struct Parts {
    const CurrentConfig& config;
    std::span<const CommandSpec> commands;
    const Authenticator& authenticator;
    Observer& observer;
    net::DiskPool& disk;
    net::DiskPool& hashing;
    net::DiskPool& logins;
  };
  ServerState(const Parts& parts, RootDirectory root)
      : home_storages_(std::move(root)),
        rate_limits_(parts.config->limit_rate),
        pools_(parts.disk, parts.hashing),
        guard_(parts.config),
        watches_(parts.config->max_watches),
        mounts_(watches_, home_storages_.share()),
        context{.config = parts.config,
                .commands = parts.commands,
                .authenticator = parts.authenticator,
                .observer = parts.observer,
                .disk = parts.disk,
                .hashing = parts.hashing,
                .logins = parts.logins,
                .home_storages = home_storages_,
                .tickets = tickets_,
                .uploads = uploads_,
                .leaves = leaves_,
                .partial_collector = partial_collector_,
                .rate_limits = rate_limits_,
                .pools = pools_,
                .watches = watches_,
                .mounts = mounts_,
                .presence = presence_,
                .guard = guard_} {}

 private:
  HomeStorages home_storages_;
  Tickets tickets_;
  Uploads uploads_;
  DigestCache leaves_{limits::digest_cache};
  PartialCollector partial_collector_;
  UserRateLimits rate_limits_;
  UserPoolTable pools_;
  Guard guard_;
  Watches watches_;  // goes after the mounts
  Mounts mounts_;
  Presence presence_;

 public:
  ServerContext context;
};

}  // namespace dftp::server
