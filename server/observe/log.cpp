#include "server/observe/log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "server/observe/log_line.h"
#include "server/observe/log_writer.h"
#include "server/observe/source.h"

namespace dftp::server {
namespace {

// What its lines are counted by.
struct EventOrigin {
  std::string_view kind;
  std::string source;
};

// Nothing for what the server itself says.
struct ToOrigin {
  std::optional<EventOrigin> operator()(const Refused& event) const {
    return EventOrigin{"refused", source_of(event.peer)};
  }
  std::optional<EventOrigin> operator()(const LoginFailed& event) const {
    return EventOrigin{"login-failed", source_of(event.peer)};
  }
  std::optional<EventOrigin> operator()(const SessionOpened& event) const {
    return EventOrigin{"session-open", source_of(event.peer)};
  }
  std::optional<EventOrigin> operator()(const SessionClosed& event) const {
    return EventOrigin{"session-close", source_of(event.peer)};
  }
  std::optional<EventOrigin> operator()(const TransferDone& event) const {
    return EventOrigin{"transfer", source_of(event.peer)};
  }
  // Refused calls cost nothing, and must not hide those that were not.
  std::optional<EventOrigin> operator()(const CommandCalled& event) const {
    return EventOrigin{event.error ? "exec-refused" : "exec", source_of(event.peer)};
  }
  std::optional<EventOrigin> operator()(const CommandEnded& event) const {
    return EventOrigin{"exec-end", source_of(event.peer)};
  }
  std::optional<EventOrigin> operator()(const Trouble&) const { return EventOrigin{"trouble", {}}; }
  std::optional<EventOrigin> operator()(const auto&) const { return std::nullopt; }
};

Result<int> open_log(const std::filesystem::path& file) {
  if (file.empty()) return STDERR_FILENO;
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
  if (fd < 0) return fail_errno(errno, file);
  return fd;
}

}  // namespace

Log::Log(std::filesystem::path file, int fd, Format format)
    : file_(std::move(file)), format_(format), writer_(LogWriter::start(fd, [format](std::uint64_t lost) {
        return log_line(LinesLost{lost}, *format, std::chrono::system_clock::now());
      })) {}

Result<std::unique_ptr<Log>> Log::open(const std::filesystem::path& file, LogFormat format) {
  const auto fd = open_log(file);
  if (!fd) return std::unexpected(fd.error());
  return std::unique_ptr<Log>(new Log(file, *fd, std::make_shared<std::atomic<LogFormat>>(format)));
}

Result<void> Log::reopen() {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) return {};
  const auto fd = open_log(file_);
  if (!fd) return std::unexpected(fd.error());
  writer_->go_on_in(*fd);
  return {};
}

Result<void> Log::change(const std::filesystem::path& file, LogFormat format) {
  const std::lock_guard lock(mutex_);
  if (file != file_) {
    const auto fd = open_log(file);
    if (!fd) return std::unexpected(fd.error());
    writer_->go_on_in(*fd);
    file_ = file;
  }
  *format_ = format;
  return {};
}

Log::~Log() {
  say_unsaid(true);
  writer_->finish();
}

void Log::note(const Event& event) {
  const auto now = std::chrono::system_clock::now();
  const auto origin = std::visit(ToOrigin{}, event);
  say_unsaid(std::holds_alternative<ServerStopped>(event));
  if (!origin) return write(event);
  std::string line = log_line(event, *format_, now);
  const auto unsaid = limits_.due(origin->kind, origin->source, line.size());
  if (!unsaid) return;
  if (*unsaid > 0) line = log_line(event, *format_, now, *unsaid);
  writer_->push(std::move(line));
}

void Log::say_unsaid(bool all) {
  for (auto& one : limits_.unsaid(all)) write(LinesLost{one.count, std::move(one.kind), std::move(one.source)});
}

void Log::write(const Event& event) {
  writer_->push(log_line(event, *format_, std::chrono::system_clock::now()));
}

}  // namespace dftp::server
