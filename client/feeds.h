// Requests that are answered in several parts; docs/protocol/feeds.md.
#pragma once

#include <functional>
#include <set>

#include "client/server_handle.h"
#include "proto/wire/feed.h"

namespace dftp::client {

// Is told each part, on the loop. An error ends the feed, and is its result.
template <class Part>
using Take = std::function<Result<void>(const Part& part)>;

// One function a request; each returns with the reply. None is sent again when the connection is lost meanwhile, as
// some parts have come: Code::disconnected or the like then. Parts are checked: columns have one length. No limits in
// time. Belongs to the session's loop; arguments by reference must live until the task has ended.
class Feeds {
 public:
  explicit Feeds(ServerHandle& session) : session_(session) {}

  net::Task<Result<FindReply>> find(const Find& request, const Take<Found>& take);
  net::Task<Result<DiskUsageReply>> disk_usage(const DiskUsage& request, const Take<Used>& take);
  net::Task<Result<CopyReply>> copy(const Copy& request, const Take<Copied>& take);
  net::Task<Result<CopyReply>> fetch(const Fetch& request, const Take<Fetched>& take);
  net::Task<Result<Empty>> tail(const Tail& request, const Take<Tailed>& take);
  net::Task<Result<Empty>> watch(const Watch& request, const Take<Changes>& take);

  // Asks the server to end all that run: they fail with Code::cancelled.
  void stop();

 private:
  template <class Part, class Request>
  net::Task<Result<ReplyTo<Request>>> run(const Request& request, const Take<Part>& take);

  ServerHandle& session_;
  std::set<std::shared_ptr<Running>> running_;
};

}  // namespace dftp::client
