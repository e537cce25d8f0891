// Exactly once: the replies to requests that changed something, until the client says that they have come.
// docs/protocol/mount.md, "Exactly once".
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "proto/wire/error.h"
#include "server/guard/budgets.h"

namespace dftp::server {

// Thread-safe.
class ReplyCache {
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
  // `kind` says what is asked for: a reply is only for a request of the same kind.
  // Code::invalid_request for a seq that cannot be or is another request's, Code::too_many for replies that are not
  // acknowledged.
  Result<Begun> begin(std::uint64_t seq, std::uint64_t acked, std::string_view kind = {});
  void finish(std::uint64_t seq, std::string reply);
  // All replies up to this one have come.
  void acknowledge(std::uint64_t acked);
  // It was not carried out: the seq is free again.
  void drop(std::uint64_t seq);

  // Who pays for the replies that are kept; set before the first one. nullptr: nobody counts.
  void charge(const std::shared_ptr<const Account>& account) {
    if (account) paid_ = account->meter(Counted::queued_bytes);
  }
  std::size_t size() const;

 private:
  void forget_until(std::uint64_t acked);

  mutable std::mutex mutex_;
  std::uint64_t acked_ = 0;
  struct Kept {
    std::string kind;
    std::optional<std::string> reply;  // none: running
  };
  std::map<std::uint64_t, Kept> kept_;
  std::size_t bytes_ = 0;
  Portion paid_;
};

}  // namespace dftp::server
