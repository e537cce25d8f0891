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
  CertificateWatch(net::TlsServer& tls, net::DiskPool& disk, Tell tell);

  void start(net::Executor executor);
  void close();
  // Reads files, perhaps the same ones anew, for use() to go on with. Thread-safe, as use() is; both block.
  struct Next {
    net::TlsServer::Identity identity;
    std::string files;  // as they were before they were read
  };
  Result<Next> read(const std::filesystem::path& certificate, const std::filesystem::path& key) const;
  void use(Next next);

 private:
  net::Task<void> follow();
  net::Task<void> look_again();
  net::Task<void> look();
  std::vector<std::filesystem::path> directories() const;  // of the files in use

  net::TlsServer& tls_;
  net::DiskPool& disk_;
  const Tell tell_;
  std::mutex reading_;
  std::string read_files_;  // that were read last, protected by reading_
  std::string told_;
  DirectoryWatch changes_;
  bool closed_ = false;
};

}  // namespace dftp::server
