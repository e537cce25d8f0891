// The servers on the local network that say so (dftp-server --announce), and those that were found before.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "proto/net/async.h"
#include "proto/wire/url.h"

namespace dftp::client {

struct FoundServer {
  std::string name;
  Endpoint endpoint;
  std::string fingerprint;  // what it says: proved only by TLS
  friend bool operator==(const FoundServer&, const FoundServer&) = default;
};

// Asks, and gathers answers for so long; each server once, by its IPv4 address where it has one. Sorted by name.
// Code::unsupported on a machine without a network.
net::Task<Result<std::vector<FoundServer>>> discover(net::Executor executor, net::Duration patience);

// A file of the servers that were found, one JSON object a line: to offer them, never to trust them. Blocking.
class FoundServers {
 public:
  // $XDG_CACHE_HOME/dftp/servers, or ~/.cache/dftp/servers. Empty when there is no home directory.
  static std::filesystem::path default_file();

  explicit FoundServers(std::filesystem::path file) : file_(std::move(file)) {}
  // None, if they cannot be read.
  std::vector<FoundServer> read() const;
  // Adds them; those with the same endpoint are replaced, and of many the last ones stay. Where that cannot be written
  // it is left.
  void remember(const std::vector<FoundServer>& found) const;

 private:
  std::filesystem::path file_;
};

}  // namespace dftp::client
