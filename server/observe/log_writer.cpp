#include "server/observe/log_writer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

namespace dftp::server {
namespace {

// Some thousand lines: a burst, while a disk is slow.
constexpr std::size_t max_waiting = 512 * 1024;
constexpr auto last_lines = std::chrono::seconds(1);

void close_file(int fd) {
  if (fd != STDERR_FILENO) ::close(fd);
}

}  // namespace

std::shared_ptr<LogWriter> LogWriter::start(int fd, Obituary obituary) {
  auto writer = std::make_shared<LogWriter>(fd, std::move(obituary));
  std::thread([writer] { writer->run(); }).detach();
  return writer;
}

LogWriter::~LogWriter() {
  close_file(fd_);
  if (next_) close_file(*next_);
}

void LogWriter::push(std::string line) {
  const std::lock_guard lock(mutex_);
  if (waiting_bytes_ + line.size() > max_waiting) {
    ++lost_;
    return;
  }
  waiting_bytes_ += line.size();
  waiting_.push_back(std::move(line));
  changed_.notify_all();
}

void LogWriter::go_on_in(int fd) {
  const std::lock_guard lock(mutex_);
  if (next_) close_file(*next_);
  next_ = fd;
  changed_.notify_all();
}

void LogWriter::finish() {
  std::unique_lock lock(mutex_);
  finishing_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, last_lines, [this] { return finished_; });
}

void LogWriter::run() {
  std::uint64_t lost = 0;  // and not said yet
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return finishing_ || next_ || !waiting_.empty(); });
    if (next_) {
      close_file(std::exchange(fd_, *next_));
      next_.reset();
    }
    if (waiting_.empty() && !finishing_) continue;
    if (waiting_.empty()) break;
    const auto lines = std::exchange(waiting_, {});
    waiting_bytes_ = 0;
    const std::uint64_t lost_behind = std::exchange(lost_, 0);
    lock.unlock();
    for (const std::string& line : lines) {
      if (lost > 0 && write(obituary_(lost))) lost = 0;
      if (!write(line)) ++lost;
    }
    lost += lost_behind;
    if (lost > 0 && write(obituary_(lost))) lost = 0;
    lock.lock();
  }
  finished_ = true;
  changed_.notify_all();
}

bool LogWriter::write(std::string_view line) const {
  while (!line.empty()) {
    const auto written = ::write(fd_, line.data(), line.size());
    if (written > 0) {
      line.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace dftp::server
