// The terminal that the server was started from, if there is one.
#pragma once

#include <chrono>

namespace dftp::server {

// SIGHUP has two meanings: the terminal has hung up, or somebody wants things read anew. Lives on one thread.
class Terminal {
 public:
  Terminal() { look(); }
  // To be called about once a second, so that it is known when it went.
  void look();
  // Whether it went only now. Never where whoever started the server wanted it to go on then (nohup).
  bool hung_up();

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point seen_{};  // zero: never
};

}  // namespace dftp::server
