// The uploads that run, by whose and where to: so that a client that lost its connection and comes back need not wait
// for the server to notice.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <tuple>

#include "proto/net/async.h"
#include "proto/wire/remote_path.h"

namespace dftp::server {

class ServerTransfer;

// One client process of one user.
struct Uploader {
  std::string user, instance;
};

// Shared by all loops; thread-safe.
class Uploads {
 public:
  // Writes down that `transfer`, which lives on `home`, uploads to these targets, and ends the older transfers of the
  // same uploader to any of them: it returns when they are gone and have let go of their files, or after a few seconds.
  // An uploader without an instance has no past.
  net::Task<void> take_over(const Uploader& uploader, std::span<const RemotePath> targets,
                            std::shared_ptr<ServerTransfer> transfer, net::Executor home);
  std::size_t size() const;

 private:
  struct Running {
    std::weak_ptr<ServerTransfer> transfer;
    const ServerTransfer* identity = nullptr;  // compared, never followed
    net::Executor home;
  };
  using Key = std::tuple<std::string, std::string, std::string>;  // user, instance, target
  void sweep();

  mutable std::mutex mutex_;
  std::map<Key, Running> running_;  // and some that have ended
  std::size_t sweep_at_ = 0;
};

}  // namespace dftp::server
