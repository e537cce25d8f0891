// Takes up what was changed for a server that runs: its configuration, certificate, key and users.
#pragma once

#include "server/auth/authenticator.h"
#include "server/config/command_line.h"
#include "server/config/current_config.h"
#include "server/guard/guard.h"
#include "server/main/certificate_watch.h"
#include "server/main/confinement.h"
#include "server/observe/log.h"
#include "server/session/rate_limits.h"

namespace dftp::server {

class Reloading {
 public:
  // What it is made of must outlive it.
  struct Parts {
    const ProgramCommandLine& line;  // that the server was started with: its options win over the file again
    CurrentConfig& config;
    Confinement confinement;  // what the server has given up: no reload gives it back
    Log& log;
    CertificateWatch& certificate;
    Authenticator& authenticator;
    Guard& guard;
    UserRateLimits& rate_limits;
  };
  explicit Reloading(const Parts& parts) : parts_(parts) {}

  // Reads all of it anew, with the checks of a start, and takes it up; on an error nothing. The keys that have other
  // values now; sessions that may not go on with them are still there. Blocking, thread-safe.
  Result<std::vector<std::string>> run();

 private:
  Result<Config> read() const;
  void take_up(Config config);

  const Parts parts_;
  std::mutex mutex_;  // one at a time
};

}  // namespace dftp::server
