// Data connections that are opened along with a control connection, so that a transfer which follows at once waits for
// no handshake of theirs. The first goes side by side with it, and is dropped where it led elsewhere or met another
// key; the others have TCP as soon as it is known where the server is, TLS once it is known who it is. Belongs to one
// loop.
#pragma once

#include <deque>

#include "client/dial.h"

namespace dftp::client {

class PreconnectedStreams : public std::enable_shared_from_this<PreconnectedStreams> {
 public:
  // `limit`: for TCP and for TLS each.
  PreconnectedStreams(net::Executor executor, net::Duration limit)
      : executor_(std::move(executor)), limit_(limit), changed_(executor_) {}

  // Once, before connect(). Nothing is said on it before go_on().
  void connect_first(const Endpoint& server, bool plain);
  // Once. They connect, and wait for go_on().
  void connect(const Endpoint& address, std::size_t count);
  // The server has shown who it is: what waits goes on.
  void go_on(DataRoute route);
  // Closes them all; nothing comes any more.
  void close();

  // One of them, when it is ready. None: there is no more, it failed, is too old, or is not as `plain` says.
  net::Task<std::unique_ptr<net::Stream>> take(bool plain);
  std::size_t left() const { return left_; }

 private:
  using Self = std::shared_ptr<PreconnectedStreams>;
  static net::Task<void> open(Self self, Endpoint address);
  static net::Task<void> open_first(Self self, Endpoint server, bool plain);
  void done(std::unique_ptr<net::Stream> stream);
  net::Task<std::unique_ptr<net::Stream>> connected(const Endpoint& address);
  net::Task<std::unique_ptr<net::Stream>> first(const Endpoint& server, bool plain);
  bool too_old() const;

  const net::Executor executor_;
  const net::Duration limit_;
  std::optional<DataRoute> route_;
  std::deque<std::unique_ptr<net::Stream>> ready_;
  std::size_t left_ = 0;     // not taken yet
  std::size_t opening_ = 0;  // of these
  std::chrono::steady_clock::time_point begun_;
  bool closed_ = false;
  net::Signal changed_;
};

}  // namespace dftp::client
