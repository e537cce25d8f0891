// Lines on their way to a file that may be slow, full, or a pipe that nobody reads.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace dftp {

// Thread-safe.
class LogWriter {
 public:
  // What to say of lines that were lost.
  using Obituary = std::function<std::string(std::uint64_t lost)>;
  // Starts the thread that writes; `fd` is closed at its end unless it is standard error.
  static std::shared_ptr<LogWriter> start(int fd, Obituary obituary);

  // Never waits: a line for which there is no room is lost.
  void push(std::string line);
  // Nothing is pushed any more. Waits a second for what is there to be written; a write that does not come back is left
  // to the end of the process.
  void finish();

  LogWriter(int fd, Obituary obituary) : fd_(fd), obituary_(std::move(obituary)) {}
  ~LogWriter();

 private:
  void run();
  bool write(std::string_view line) const;

  const int fd_;
  const Obituary obituary_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // State below is protected by mutex_.
  std::vector<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t lost_ = 0;  // behind what is waiting
  bool finishing_ = false, finished_ = false;
};

}  // namespace dftp
