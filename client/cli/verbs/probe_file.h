// A hidden file on the server to measure with.
#pragma once

#include <string>

#include "client/cli/verbs/context.h"
#include "client/transfer_run.h"

namespace dftp::cli {

class ProbeFile {
 public:
  // In `directory`, under a name that nobody has.
  ProbeFile(Context& context, RemotePath directory);

  enum class Content { noise, hole };  // nothing repeats, or nothing is there
  // Sends it anew with so many bytes; how long it took until it was on the server's disk.
  net::Task<Result<net::Duration>> send(std::size_t bytes, Content content = Content::noise);
  // Fetches it, to a file that goes away at once.
  net::Task<Result<net::Duration>> fetch();
  // Whether something of it may be on the server.
  bool begun() const { return begun_; }
  // What is under way, or comes next, ends with Code::cancelled.
  void stop();
  // Also what an interrupted send() has left. False: there was nothing.
  net::Task<Result<bool>> remove();

 private:
  Result<RemotePath> path() const { return directory_.child(name_); }
  using Work = net::Task<Result<void>>;
  net::Task<Result<net::Duration>> timed(const std::function<Work(client::TransferRun&)>& work);

  Context& context_;
  const RemotePath directory_;
  const std::string name_;
  client::TransferRun* running_ = nullptr;
  bool begun_ = false, cut_off_ = false, stopped_ = false;
};

}  // namespace dftp::cli
