// Lines on their way to a file that may be slow, full, or a pipe that nobody reads.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dftp::server {

// Thread-safe.
class LogWriter {
 public:
  // What to say of lines that were lost.
  using Obituary = std::function<std::string(std::uint64_t lost)>;
  // Starts the thread that writes; `fd` is closed at its end unless it is standard error.
  static std::shared_ptr<LogWriter> start(int fd, Obituary obituary);

  // Never waits: a line for which there is no room is lost.
  void push(std::string line);
  // What is pushed from now on goes to `fd`, and what waits as well; it is this object's as the first one is.
  void go_on_in(int fd);
  // Nothing is pushed any more. Waits a second for what is there to be written; a write that does not come back is left
  // to the end of the process.
  void finish();

  LogWriter(int fd, Obituary obituary) : obituary_(std::move(obituary)), fd_(fd) {}
  ~LogWriter();

 private:
  void run();
  bool write(std::string_view line) const;

  const Obituary obituary_;
  int fd_;  // the writing thread's
  std::mutex mutex_;
  std::condition_variable changed_;
  // State below is protected by mutex_.
  std::optional<int> next_;
  std::vector<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t lost_ = 0;  // behind what is waiting
  bool finishing_ = false, finished_ = false;
};

}  // namespace dftp::server
