// What happens in the server, for whoever watches it. Today that is the log; metrics would be another observer.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proto/transfer/events.h"
#include "proto/wire/error.h"

namespace dftp::server {

struct ServerStarted {
  std::string version, root, fingerprint;
};
// What it has given up when it started.
struct ServerConfined {
  bool privileges = false;  // no program gets more rights than the server has
  int landlock = 0;         // its version, if other files and programs are out of reach; 0: they are not
  std::string reason;       // why not all is given up; empty: all is
};
// Configuration, users and certificate were read anew, and hold.
struct ServerReloaded {
  std::string fingerprint;
  std::vector<std::string> changed;  // keys of the configuration
};
// They were read anew, and nothing of it was taken up.
struct ServerNotReloaded {
  Error error;
};
// The certificate's files had changed, and are in use now.
struct CertificateRenewed {
  std::string fingerprint;
};
struct ServerStopping {
  std::size_t sessions = 0;
};
struct ServerStopped {};
// Something that an operator should know and that belongs to no session.
struct Trouble {
  Error error;
};
// A connection that was sent away before it was anything.
struct Refused {
  std::string peer, reason;
  std::uint64_t unsaid = 0;  // how many more, since the last one that an observer let through
};
struct LoginFailed {
  std::string peer, user, method;
  std::uint64_t unsaid = 0;
};
struct SessionOpened {
  std::uint64_t session = 0;
  std::string peer, user, client;
};
struct SessionClosed {
  std::uint64_t session = 0;
  std::string peer, user, reason;
  std::uint64_t requests = 0;
  std::chrono::milliseconds duration{0};
};
struct TransferDone {
  std::uint64_t session = 0, transfer = 0;
  std::string direction;  // "get", "put"
  std::string path;       // the first of them
  std::size_t paths = 1;
  Totals totals;
  std::chrono::milliseconds duration{0};
  std::optional<Error> error;  // why it ended early, or of the first item that failed
  std::string peer, user;
};

// A call of a remote command, also one that was refused.
struct CommandCalled {
  std::uint64_t session = 0;
  std::string user, peer, name;
  std::vector<std::string> words;
  std::optional<Error> error;
};
struct CommandEnded {
  std::uint64_t session = 0;
  std::string user, peer, name, status;  // an exit status, "signal N" or an error's code
  std::uint64_t input = 0, output = 0;
  std::chrono::milliseconds duration{0};
};

// Of a log that could not be written for a while; with an event, of a source that caused too many of it.
struct LinesLost {
  std::uint64_t count = 0;
  std::string event{}, source{};
};

using Event = std::variant<ServerStarted, ServerConfined, ServerReloaded, ServerNotReloaded, CertificateRenewed,
                           ServerStopping, ServerStopped, Trouble, Refused, LoginFailed, SessionOpened, SessionClosed,
                           TransferDone, CommandCalled, CommandEnded, LinesLost>;

// Called from any thread; returns at once.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void note(const Event& event) = 0;
};

}  // namespace dftp::server
