// Which failures a new attempt may help against.
#pragma once

#include "proto/wire/error.h"

namespace dftp::client {

// A lost connection, a server that restarts, a target that another upload holds.
inline bool is_transient(Code code) {
  switch (code) {
    case Code::disconnected:
    case Code::timed_out:
    case Code::unreachable:
    case Code::busy:
    case Code::shutting_down: return true;
    default: return false;
  }
}

}  // namespace dftp::client
