// From one server to another: they open the data connections between themselves, with tickets that this client carries
// over; where they cannot, the blocks go through here, still verified from end to end.
// docs/protocol/feeds.md, "fetch".
#pragma once

#include <functional>

#include "client/feeds.h"

namespace dftp::client {

struct ServerCopyJob {
  std::vector<RemotePath> sources;
  RemotePath target;       // a directory there: sources go into it; else exactly this, for one source
  bool directory = false;  // it must be one
  bool recursive = false;
  Overwrite overwrite = Overwrite::changed;
  int retries = 10;  // attempts in a row without any progress
};

struct ServerCopyObserver {
  std::function<void(std::uint64_t files, std::uint64_t bytes)> moved;
  std::function<void(const Error& error)> failed;      // a single thing
  std::function<void(const Error& why)> through_here;  // they cannot reach each other
  std::function<void(const Error& why, net::Duration delay, int attempt)> retrying;
};

// Belongs to the loop of both sessions; make a new one for the next job.
class ServerCopy {
 public:
  ServerCopy(ServerHandle& from, ServerHandle& to, ServerCopyObserver observer)
      : from_(from), to_(to), observer_(std::move(observer)), feeds_(to) {}

  net::Task<Result<CopyReply>> run(const ServerCopyJob& job);
  // Ends it soon with Code::cancelled. What has arrived stays for a resume.
  void stop();

 private:
  net::Task<Result<CopyReply>> attempt(const ServerCopyJob& job);

  ServerHandle& from_;
  ServerHandle& to_;
  const ServerCopyObserver observer_;
  Feeds feeds_;
  bool direct_ = true;
  bool moved_ = false;  // in this attempt
  bool stopped_ = false;
};

}  // namespace dftp::client
