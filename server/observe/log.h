// The log: an observer that writes one line an event.
#pragma once

#include <memory>
#include <mutex>

#include "server/config.h"
#include "server/observe/event.h"

namespace dftp {

// Thread-safe. Lines never run into each other. That a line cannot be written is ignored: a full disk must not stop a
// server that is serving.
class Log final : public Observer {
 public:
  // Appends to `file`, which is made for the owner and group alone; empty: standard error.
  static Result<std::unique_ptr<Log>> open(const std::filesystem::path& file, LogFormat format);
  ~Log() override;
  void note(const Event& event) override;

 private:
  Log(int fd, LogFormat format) : fd_(fd), format_(format) {}

  const int fd_;
  const LogFormat format_;
  std::mutex mutex_;
};

}  // namespace dftp
