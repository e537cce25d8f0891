// A server and the right to use it, whatever becomes of single connections: what a program holds for as long as it
// talks to one server. Belongs to one loop.
#pragma once

#include <memory>

#include "client/connection.h"

namespace dftp::client {

class Session {
 public:
  // Connects to nothing yet. `pool` must outlive the loop's run.
  Session(net::Executor executor, net::DiskPool& pool, ConnectOptions options);
  ~Session();  // closes at once
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The connection; opens one where there is none or it was lost. Several may wait for it at the same time. A password
  // that was asked for is remembered, so that nobody is asked again.
  net::Task<Result<std::shared_ptr<Connection>>> connection();
  // Whether a connection was ever open.
  bool met() const;
  // Says bye, if there is a connection.
  net::Task<void> finish();

  const ConnectOptions& options() const;
  net::Executor executor() const;
  net::DiskPool& pool() const;

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace dftp::client
