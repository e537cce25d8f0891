#include "server/observe/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "server/observe/log_line.h"
#include "server/observe/log_writer.h"

namespace dftp {
namespace {

// Enough to see what goes on; a stranger can cause thousands a second.
constexpr std::uint64_t strangers_a_minute = 60;

Result<int> open_log(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
  if (fd < 0) return fail_errno(errno, file);
  return fd;
}

}  // namespace

Log::Log(std::filesystem::path file, int fd, LogFormat format)
    : file_(std::move(file)),
      format_(format),
      refused_(strangers_a_minute),
      failed_logins_(strangers_a_minute),
      writer_(LogWriter::start(fd, [format](std::uint64_t lost) {
        return log_line(LinesLost{lost}, format, std::chrono::system_clock::now());
      })) {}

Result<std::unique_ptr<Log>> Log::open(const std::filesystem::path& file, LogFormat format) {
  if (file.empty()) return std::unique_ptr<Log>(new Log(file, STDERR_FILENO, format));
  const auto fd = open_log(file);
  if (!fd) return std::unexpected(fd.error());
  return std::unique_ptr<Log>(new Log(file, *fd, format));
}

Result<void> Log::reopen() {
  if (file_.empty()) return {};
  const auto fd = open_log(file_);
  if (!fd) return std::unexpected(fd.error());
  writer_->go_on_in(*fd);
  return {};
}

Log::~Log() {
  writer_->finish();
}

void Log::note(const Event& event) {
  if (const auto* refused = std::get_if<Refused>(&event)) {
    note_seldom(refused_, *refused);
  } else if (const auto* failed = std::get_if<LoginFailed>(&event)) {
    note_seldom(failed_logins_, *failed);
  } else {
    write(event);
  }
}

template <class Limited>
void Log::note_seldom(Seldom& seldom, Limited event) {
  const auto unsaid = seldom.due();
  if (!unsaid) return;
  event.unsaid = *unsaid;
  write(std::move(event));
}

void Log::write(const Event& event) {
  writer_->push(log_line(event, format_, std::chrono::system_clock::now()));
}

}  // namespace dftp
