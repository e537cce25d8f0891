// The servers this user has met: a text file of dftp's own with one line a server,
//
//   host:2121 SHA256:qx0...   # comment
//
// Empty lines and lines that begin with '#' are kept as they are. Blocking. Safe against other processes: changes are
// made under a lock and appear in one step.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp::client {

class KnownHosts {
 public:
  // $XDG_CONFIG_HOME/dftp/known_hosts, or ~/.config/dftp/known_hosts. Empty when there is no home directory.
  static std::filesystem::path default_file();

  explicit KnownHosts(std::filesystem::path file) : file_(std::move(file)) {}
  const std::filesystem::path& file() const { return file_; }

  // `server` is Endpoint::text(). nullopt when the server, or the file, is not there. Of doubled lines the first
  // counts.
  Result<std::optional<std::string>> lookup(std::string_view server) const;
  // All of them; none, if they cannot be read.
  std::vector<std::string> servers() const;
  // Adds the server or replaces its line; makes the file (0600) and its directory (0700). Durable when it returns.
  Result<void> add(std::string_view server, std::string_view fingerprint) const;

 private:
  std::filesystem::path file_;
};

}  // namespace dftp::client
