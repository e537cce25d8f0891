#include "server/main/certificate_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// Where the kernel does not tell: a link on the way to the file was changed, or it is on another machine's disk.
constexpr net::Duration between_looks = 60s;
// Whoever renews writes two files, and perhaps not at once.
constexpr net::Duration until_both_are_written = 300ms;

std::string text_of(const std::filesystem::path& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) return "none";
  std::string text;
  for (const std::int64_t number : {std::int64_t(found.st_dev), std::int64_t(found.st_ino), std::int64_t(found.st_size),
                                    std::int64_t(found.st_ctim.tv_sec), std::int64_t(found.st_ctim.tv_nsec)})
    text += std::to_string(number) + ' ';
  return text;
}

}  // namespace

std::string CertificateWatch::files() const {
  const auto identity = tls_.identity();
  return text_of(identity.certificate) + text_of(identity.key);
}

void CertificateWatch::start(net::Executor executor) {
  events_ = net::UniqueFd(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  constexpr auto changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR;
  const auto identity = tls_.identity();
  bool watched = false;
  for (const auto& file : {identity.certificate, identity.key}) {
    const auto directory = std::filesystem::absolute(file).parent_path();
    watched |= events_ && ::inotify_add_watch(events_.get(), directory.c_str(), changes) >= 0;
  }
  if (watched) {
    ready_.emplace(executor, events_.get());
    net::spawn(executor, follow());
  }
  net::spawn(executor, look_again());
}

void CertificateWatch::close() {
  closed_ = true;
  if (ready_) ready_->close();
}

Result<void> CertificateWatch::reload() {
  const std::lock_guard lock(reading_);
  changed_files_ = files();
  return tls_.reload();
}

net::Task<void> CertificateWatch::follow() {
  alignas(inotify_event) std::array<char, 4096> heard;
  for (;;) {
    co_await ready_->readable();
    if (closed_) co_return;
    while (::read(events_.get(), heard.data(), heard.size()) > 0) continue;
    auto pause = until_both_are_written;
    co_await net::sleep_for(pause);
    if (!closed_) co_await look();
  }
}

net::Task<void> CertificateWatch::look_again() {
  while (!closed_) {
    auto pause = between_looks;
    co_await net::sleep_for(pause);
    if (!closed_) co_await look();
  }
}

// Files that do not fit each other are looked at again when one of them changes.
net::Task<void> CertificateWatch::look() {
  if (std::exchange(looking_, true)) co_return;
  const auto renew = [this]() -> Result<bool> {
    const std::lock_guard lock(reading_);
    std::string now = files();
    if (now == changed_files_) return false;
    changed_files_ = std::move(now);
    auto renewed = tls_.reload();
    if (!renewed) return std::unexpected(renewed.error());
    return true;
  };
  const auto renewed = co_await disk_.run(renew);
  looking_ = false;
  if (renewed && !*renewed) co_return;
  const std::string reason = renewed ? std::string() : describe(renewed.error());
  if (renewed || reason != told_) tell_(renewed ? Result<void>() : std::unexpected(renewed.error()));
  told_ = reason;
}

}  // namespace dftp::server
