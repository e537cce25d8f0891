// What a control connection has to say, frame after frame: the only writer of its stream.
#pragma once

#include <deque>
#include <string>

#include "proto/net/stream.h"
#include "proto/net/watchdog.h"

namespace dftp::server {

// Lives on the stream's loop.
class Outbox {
 public:
  // `changed` is notified when something has been written and at the end.
  Outbox(net::Stream& stream, net::Executor executor, net::Signal& changed);

  // Dropped when the stream is broken already. `json` fits limits::frame_after_login.
  void push(std::string_view json);
  std::size_t waiting_bytes() const { return waiting_bytes_; }
  // Nothing more will be pushed: run() returns when everything is written.
  void close();
  // Until everything has been written or the stream has failed.
  bool running() const { return running_; }

  // Writes until close(), or until the stream fails. A peer that takes no 64 KiB a minute is cut off.
  net::Task<Result<void>> run();

 private:
  net::Task<Result<void>> write_all();
  net::Task<Result<void>> write(Bytes frame);

  net::Stream& stream_;
  net::Signal& changed_;
  net::Signal filled_;
  net::Watchdog stalled_;
  std::deque<std::string> frames_;
  std::size_t waiting_bytes_ = 0;
  bool closed_ = false;
  bool running_ = true;
};

}  // namespace dftp::server
