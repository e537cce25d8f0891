// Which failures a new attempt may help against, and how it is said what comes next.
#pragma once

#include <string>
#include <string_view>

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

// "WHY; next", or after a question "WHY? Next". `next` begins with an ASCII letter.
inline std::string followed_by(std::string why, std::string_view next) {
  if (!why.ends_with('?')) return why + "; " + std::string(next);
  why += ' ';
  why += static_cast<char>(next.front() & ~0x20);
  return why + std::string(next.substr(1));
}

}  // namespace dftp::client
