// Takes up a renewed certificate as soon as its files have changed, whoever writes them and in whatever order.
#pragma once

#include <mutex>

#include "proto/net/disk_pool.h"
#include "proto/net/tls.h"
#include "server/main/directory_watch.h"

namespace dftp::server {

// Lives on one loop, which ends before it goes.
class CertificateWatch {
 public:
  // `tell` hears of each renewal, and once of each reason why there is none.
  using Tell = std::function<void(const Result<void>& renewed)>;
  CertificateWatch(net::TlsServer& tls, net::DiskPool& disk, Tell tell)
      : tls_(tls), disk_(disk), tell_(std::move(tell)), changed_files_(files()) {}

  void start(net::Executor executor);
  void close();
  // Reads both anew, whether they have changed or not. Blocking.
  Result<void> reload();

 private:
  net::Task<void> follow();
  net::Task<void> look_again();
  net::Task<void> look();
  // Inode, size and times of both.
  std::string files() const;

  net::TlsServer& tls_;
  net::DiskPool& disk_;
  const Tell tell_;
  std::mutex reading_;
  std::string changed_files_;  // that were read last, protected by reading_
  std::string told_;
  DirectoryWatch changes_;
  bool closed_ = false;
};

}  // namespace dftp::server
