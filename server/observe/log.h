// The log: an observer that writes one line an event.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "server/config/config.h"
#include "server/observe/event.h"
#include "server/observe/line_limits.h"

namespace dftp::server {

class LogWriter;

// Thread-safe, and never waits: a thread of its own writes. A server goes on serving when nobody reads its log or the
// disk is full; what could not be written is counted, and the number said when something can be written again. Of
// what one source causes only so much a minute is written; what is left out is counted, and the number said.
class Log final : public Observer {
 public:
  // Appends to `file`, which is made for the owner and group alone; empty: standard error.
  static Result<std::unique_ptr<Log>> open(const std::filesystem::path& file, LogFormat format);
  // Gives the last lines a second to get out.
  ~Log() override;
  void note(const Event& event) override;
  // Goes on in a file that is opened, or made, anew under the same name. On an error the one before stays.
  Result<void> reopen();
  // Goes on in another file, as open() takes it, or in the same, and in this format. On an error all stays as it was.
  Result<void> change(const std::filesystem::path& file, LogFormat format);

 private:
  // The writer reads it, too, and may outlive the log.
  using Format = std::shared_ptr<std::atomic<LogFormat>>;
  Log(std::filesystem::path file, int fd, Format format);
  void write(const Event& event);
  void say_unsaid(bool all);

  std::mutex mutex_;
  std::filesystem::path file_;  // protected by mutex_
  const Format format_;
  LineLimits limits_;
  // The writer's thread has it too, and keeps it when it is stuck.
  const std::shared_ptr<LogWriter> writer_;
};

}  // namespace dftp::server
