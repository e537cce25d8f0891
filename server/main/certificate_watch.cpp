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

// Inode, size and times of both.
std::string files_of(const std::filesystem::path& certificate, const std::filesystem::path& key) {
  return text_of(certificate) + text_of(key);
}

}  // namespace

CertificateWatch::CertificateWatch(net::TlsServer& tls, net::DiskPool& disk, Tell tell)
    : tls_(tls), disk_(disk), tell_(std::move(tell)) {
  const auto identity = tls_.identity();
  read_files_ = files_of(identity.certificate, identity.key);
}

void CertificateWatch::start(net::Executor executor) {
  if (changes_.start(executor, directories())) net::spawn(executor, follow());
  net::spawn(executor, look_again());
}

void CertificateWatch::close() {
  closed_ = true;
  changes_.close();
}

std::vector<std::filesystem::path> CertificateWatch::directories() const {
  std::vector<std::filesystem::path> directories;
  const auto identity = tls_.identity();
  for (const auto& file : {identity.certificate, identity.key})
    directories.push_back(std::filesystem::absolute(file).parent_path());
  return directories;
}

Result<CertificateWatch::Next> CertificateWatch::read(const std::filesystem::path& certificate,
                                                      const std::filesystem::path& key) const {
  std::string files = files_of(certificate, key);
  auto identity = tls_.read_next(certificate, key);
  if (!identity) return std::unexpected(std::move(identity.error()));
  return Next{std::move(*identity), std::move(files)};
}

void CertificateWatch::use(Next next) {
  const std::lock_guard lock(reading_);
  tls_.use(std::move(next.identity));
  read_files_ = std::move(next.files);
  // Those of the files before stay watched, which costs a look at most.
  changes_.add(directories());
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
    const auto identity = tls_.identity();
    std::string now = files_of(identity.certificate, identity.key);
    if (now == read_files_) return false;
    read_files_ = std::move(now);
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
