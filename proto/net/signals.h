// Process signals and waiting for a terminal or a pipe, as tasks of a loop.
#pragma once

#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>
#include <initializer_list>

#include "proto/net/async.h"

namespace dftp::net {

// Takes these signals from the process for as long as it lives; none is lost between two next(). Belongs to one loop.
class Signals {
 public:
  Signals(Executor executor, std::initializer_list<int> numbers);
  void add(int number) { set_.add(number); }
  // The next signal; 0 after close().
  Task<int> next();
  void close();

 private:
  asio::signal_set set_;
  bool closed_ = false;
};

// Whether whoever started this program wants it to ignore the signal, as nohup(1) does.
bool is_ignored(int number);

// Waits again and again for one descriptor, which stays the caller's and becomes non-blocking. Belongs to one loop.
class Readiness {
 public:
  Readiness(Executor executor, int fd);
  ~Readiness() { (void)descriptor_.release(); }
  // Until there is something to read, or it has come to its end, or close().
  Task<void> readable();
  void close();

 private:
  asio::posix::stream_descriptor descriptor_;
};

// Until `fd` (a terminal, a pipe, a socket; it stays the caller's and stays blocking) has something to read or has come
// to its end. At once for what is always ready: a regular file.
Task<void> wait_readable(int fd);

}  // namespace dftp::net
