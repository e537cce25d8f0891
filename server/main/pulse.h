// Whether everything that the server works with still answers.
#pragma once

#include <vector>

#include "proto/net/disk_pool.h"

namespace dftp::server {

// Lives on one loop. What it is made of must outlive it.
class Pulse {
 public:
  Pulse(net::Executor executor, std::vector<net::Executor> loops, std::vector<net::DiskPool*> pools)
      : executor_(executor), loops_(std::move(loops)), pools_(std::move(pools)), answered_(executor) {}

  // Returns when each loop and each pool has done a piece of work that takes no time: never, if one of them hangs.
  net::Task<void> beat();

 private:
  net::Task<void> answer();
  net::Task<void> count();

  const net::Executor executor_;
  const std::vector<net::Executor> loops_;
  const std::vector<net::DiskPool*> pools_;
  std::size_t answers_ = 0;
  net::Signal answered_;
};

}  // namespace dftp::server
