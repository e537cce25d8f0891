// What a server gives up when it starts, and what it says of it.
#pragma once

#include <string>

#include "server/config/config.h"

namespace dftp::server {

struct Confinement {
  bool privileges = false;  // no program gets more rights than the server has
  int landlock = 0;      // its version, if no file but those of the share and the server's own can be reached; 0: all
  std::string reason{};  // why something is not given up; empty: all is
};

// As far as the kernel and the configuration allow. Before the first thread is started, and after the state directory
// was made: what is not there by now stays out of reach.
Confinement confine(const Config& config);
// The same without doing it, for `--check`.
Confinement possible_confinement(const Config& config);

// One line for a person.
std::string text_of(const Confinement& confinement);

}  // namespace dftp::server
