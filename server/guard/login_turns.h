// Whose password is tried next: one of each source at a time, so that whoever guesses from many connections waits for
// himself and keeps nobody else waiting.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "proto/net/async.h"

namespace dftp::server {

// Thread-safe.
class LoginTurns {
  struct Waiter;

 public:
  // A source's turn, until it goes.
  class Turn {
   public:
    Turn(LoginTurns& turns, std::string source) : turns_(&turns), source_(std::move(source)) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)), source_(std::move(other.source_)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_) turns_->pass_on(source_);
    }

   private:
    LoginTurns* turns_;
    std::string source_;
  };

  // Waits on the awaiting coroutine's loop until it is this one's turn, in the order of coming.
  net::Task<Turn> take(std::string source);
  // How many wait.
  std::size_t waiting() const;
  // The loops are about to go: nobody is woken any more.
  void close();

 private:
  void pass_on(const std::string& source);
  static net::Task<void> wake(std::shared_ptr<Waiter> waiter);

  mutable std::mutex mutex_;
  std::map<std::string, std::deque<std::shared_ptr<Waiter>>> sources_;  // those with a turn, and who waits for the next
  bool closed_ = false;
};

}  // namespace dftp::server
