// A server and the right to use it, whatever becomes of single connections: what a program holds for as long as it
// talks to one server. A handle: copies are the same session, and it is closed with the last of them. Belongs to one
// loop.
#pragma once

#include <memory>

#include "client/connection.h"

namespace dftp::client {

class ServerHandle {
 public:
  // Connects to nothing yet. `pool` must outlive the loop's run.
  ServerHandle(net::Executor executor, net::DiskPool& pool, ConnectOptions options);
  // A session of its own with the same server: what helped to log in helps there too, so that nobody is asked again.
  // It hears no events, and its transfers are not those of this session come back.
  ServerHandle another() const;

  // The connection; opens one where there is none or it was lost. Several may wait for it at the same time. A password
  // that was asked for is remembered, so that nobody is asked again.
  net::Task<Result<std::shared_ptr<Connection>>> connection();
  // Whether a connection was ever open, and whether one is.
  bool met() const;
  bool connected() const;
  // Closes the connection, and gives up opening one; whoever waits for it gets Code::cancelled. The next connection()
  // opens another.
  void drop();
  // Says bye, if there is a connection.
  net::Task<void> finish();

  const ConnectOptions& options() const;
  net::Executor executor() const;
  net::DiskPool& pool() const;

 private:
  struct Core;
  explicit ServerHandle(std::shared_ptr<Core> core);

  std::shared_ptr<Core> core_;
  std::shared_ptr<void> last_;  // its deleter closes
};

}  // namespace dftp::client
