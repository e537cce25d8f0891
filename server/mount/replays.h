// Exactly once: the replies to requests that changed something, until the client says that they have come.
// docs/protocol.md, "Exactly once".
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "proto/wire/error.h"

namespace dftp {

// Thread-safe.
class Replays {
 public:
  enum class State {
    fresh,    // carry it out, then finish() it
    running,  // somebody else does: ask again later
    done,     // `reply` is what was answered
  };
  struct Begun {
    State state = State::fresh;
    std::string reply;
  };
  // Code::invalid_request for a seq that cannot be, Code::too_many for replies that are not acknowledged.
  Result<Begun> begin(std::uint64_t seq, std::uint64_t acked);
  void finish(std::uint64_t seq, std::string reply);

  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t acked_ = 0;
  std::map<std::uint64_t, std::optional<std::string>> kept_;  // no reply: running
  std::size_t bytes_ = 0;
};

}  // namespace dftp
