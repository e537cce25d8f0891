// What a ticket leads to.
#pragma once

#include "proto/net/stream.h"

namespace dftp::server {

// Lives on one loop.
class DataService {
 public:
  virtual ~DataService() = default;
  // Uses the stream until it is over. `lead`: it is the first one that was granted.
  virtual net::Task<void> attach(std::unique_ptr<net::Stream> stream, bool lead) = 0;
};

}  // namespace dftp::server
