// Notices at once when the users of the share change, whoever changes them.
#pragma once

#include <functional>

#include "server/main/directory_watch.h"
#include "server/session/server_context.h"

namespace dftp::server {

// Lives on one loop, which ends before it goes.
class UserWatch {
 public:
  // `every_second` is called about once a second.
  UserWatch(ServerContext& context, std::function<void()> every_second)
      : context_(context), every_second_(std::move(every_second)) {}

  void start(net::Executor executor);
  void close();

 private:
  net::Task<void> follow();
  net::Task<void> look_again();

  ServerContext& context_;
  const std::function<void()> every_second_;
  DirectoryWatch changes_;
  bool closed_ = false;
};

}  // namespace dftp::server
