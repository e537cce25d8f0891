// The operator's way in: a UNIX socket in the state directory that only the server's own user, or root, may use.
// docs/protocol/operator.md.
#pragma once

#include <filesystem>

#include "proto/net/connect.h"
#include "proto/storage/descriptor.h"
#include "proto/wire/json.h"
#include "server/session/server_context.h"

namespace dftp::server {

// Where it is. A path in `state` may be longer than a socket's address can be; `state` is held open for as long.
struct AdminPlace {
  Descriptor directory;
  Endpoint endpoint;

  static Result<AdminPlace> in(const std::filesystem::path& state);
};

// Lives on one loop, which ends before it goes.
class AdminSocket {
 public:
  explicit AdminSocket(ServerContext& context) : context_(context) {}

  // Code::busy when another server uses the same state directory.
  Result<void> open(net::Executor executor, const std::filesystem::path& state);
  // Answers from now on, if it is open.
  void start(net::Executor executor);
  void close();

 private:
  net::Task<void> accept_all(net::Executor executor);
  net::Task<void> serve(std::unique_ptr<net::Stream> stream);
  net::Task<Result<json::Value>> answer(const net::Stream& stream, const json::Value& frame) const;

  ServerContext& context_;
  std::optional<AdminPlace> place_;
  std::unique_ptr<net::Listener> listener_;
  SlotCount serving_{0};
};

}  // namespace dftp::server
