// dftp://[user@]host[:port]/path and dftp+unix://[user@]/socket/path:/path, percent-encoded.
// A password inside a URL is refused: it would show in process lists and histories.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/wire/error.h"
#include "proto/wire/remote_path.h"

namespace dftp {

inline constexpr std::uint16_t default_port = 2121;

struct Endpoint {
  std::string host;  // a name, an IPv4 address, or an IPv6 address without brackets; empty for a UNIX socket
  std::uint16_t port = default_port;
  std::string unix_socket;  // path of the socket; empty for TCP

  bool is_unix() const { return !unix_socket.empty(); }
  // "host:2121", "[::1]:2121", "unix:/run/dftp.sock"
  std::string text() const;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Url {
  Endpoint endpoint;
  std::string user;  // empty: not given
  RemotePath path;
  bool directory = false;  // the path ended with '/': the target must be a directory

  static Result<Url> parse(std::string_view text);
  // The scheme may be left out: "[user@]host[:port][/path]", and as scp has it "[user@]host:path".
  static Result<Url> parse_short(std::string_view text);
  static bool looks_like(std::string_view text);  // begins with dftp:// or dftp+unix://
  // Whether it can hardly be a path: it looks like a URL, or has an @ or a : before the first slash.
  static bool names_server(std::string_view text);
  std::string text() const;
};

// "HOST:PORT", "[V6]:PORT", "HOST", "unix:PATH": what --listen takes. Port 0 means any.
Result<Endpoint> parse_endpoint(std::string_view text);

}  // namespace dftp
