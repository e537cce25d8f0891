// Tells the service manager that has started this process how it is, and takes the sockets that it has opened: the
// protocols of sd_notify(3) and sd_listen_fds(3), by hand, so that the server needs no library of systemd's.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "proto/net/unique_fd.h"

namespace dftp::server {

class ServiceManager {
 public:
  // What the environment says, and nothing of it stays there: commands that the server runs are not meant. Before any
  // thread is started.
  static ServiceManager from_environment();

  // NAME=VALUE lines, as sd_notify() takes them. Without a manager nothing happens. Never blocks: what the manager does
  // not take at once it does not get.
  void tell(const std::string& lines) const;
  bool is_there() const { return !address_.empty(); }
  // In this time it must be told that all is well; 0: it does not watch.
  std::chrono::microseconds watchdog() const { return watchdog_; }
  // Those that it listens on for us, in its order; none left behind.
  std::vector<net::UniqueFd> take_sockets() { return std::move(sockets_); }

 private:
  std::string address_;  // of its socket; one in the abstract name space begins with NUL
  std::chrono::microseconds watchdog_{0};
  std::vector<net::UniqueFd> sockets_;
};

}  // namespace dftp::server
