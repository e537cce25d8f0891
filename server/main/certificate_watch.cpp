#include "server/main/certificate_watch.h"

#include <sys/stat.h>

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
  std::vector<std::filesystem::path> directories;
  const auto identity = tls_.identity();
  for (const auto& file : {identity.certificate, identity.key})
    directories.push_back(std::filesystem::absolute(file).parent_path());
  if (changes_.start(executor, directories)) net::spawn(executor, follow());
  net::spawn(executor, look_again());
}

void CertificateWatch::close() {
  closed_ = true;
  changes_.close();
}

Result<void> CertificateWatch::reload() {
  const std::lock_guard lock(reading_);
  changed_files_ = files();
  return tls_.reload();
}

net::Task<void> CertificateWatch::follow() {
  bool changed = co_await changes_.changed();
  while (changed) {
    auto pause = until_both_are_written;
    co_await net::sleep_for(pause);
    if (!closed_) co_await look();
    changed = co_await changes_.changed();
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
  if (renewed && !*renewed) co_return;
  const std::string reason = renewed ? std::string() : describe(renewed.error());
  if (renewed || reason != told_) tell_(renewed ? Result<void>() : std::unexpected(renewed.error()));
  told_ = reason;
}

}  // namespace dftp::server
