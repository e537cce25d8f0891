// From a typed handler to a row of the command table: the params are read into the request's struct, the reply's
// struct is written into the result. A handler is one of
//
//   Result<Reply>            handler(Storage&, const Request&)   runs on the disk pool and may block
//   net::Task<Result<Reply>> handler(ControlSession&, const Request&)   runs on the session's loop; the request lives
//   until its end
//   net::Task<Result<Reply>> handler(ActiveRequest&, const Request&)   as well, and can be cancelled or has parts
#pragma once

#include "proto/wire/message.h"
#include "proto/wire/request.h"
#include "proto/wire/wipe.h"
#include "server/session/active_request.h"
#include "server/session/command.h"
#include "server/session/user_pools.h"

namespace dftp::server {

namespace typed_detail {

template <class Reply>
Result<json::Value> as_json(const Result<Reply>& reply) {
  if (!reply) return std::unexpected(reply.error());
  return to_json(*reply);
}

template <class Reply, class Request>
net::Task<Result<json::Value>> run_on_disk(Result<Reply> (*handler)(Storage&, const Request&), ActiveRequest& call,
                                           json::Value& params) {
  const auto request = read_params<Request>(params);
  params = {};  // a client may fill it with what nobody reads
  if (!request) co_return std::unexpected(request.error());
  // The reply is written there as well: a page of names takes a millisecond or two.
  co_return co_await call.session.pools->disk.run([&] { return as_json(handler(*call.session.storage, *request)); });
}

// A session, or a call.
template <class Of, class Reply, class Request>
net::Task<Result<json::Value>> run_on_loop(net::Task<Result<Reply>> (*handler)(Of&, const Request&),
                                           ActiveRequest& call, json::Value& params) {
  auto request = read_params<Request>(params);
  wipe(params);  // a client may fill it with what nobody reads
  if (!request) co_return std::unexpected(request.error());
  Of* of = nullptr;
  if constexpr (std::is_same_v<Of, ActiveRequest>) {
    of = &call;
  } else {
    of = &call.session;
  }
  const auto reply = co_await handler(*of, *request);
  if constexpr (std::is_same_v<Request, Login>) wipe(request->password);
  co_return as_json(reply);
}

template <auto handler, class Reply, class Request>
constexpr CommandSpec row(Result<Reply> (*)(Storage&, const Request&), Permission permission, Ordering order,
                          std::string_view waits_if) {
  return {Request::command, permission, order,
          [](ActiveRequest& call, json::Value& params) { return run_on_disk<Reply, Request>(handler, call, params); },
          waits_if};
}

template <auto handler, class Of, class Reply, class Request>
constexpr CommandSpec row(net::Task<Result<Reply>> (*)(Of&, const Request&), Permission permission, Ordering order,
                          std::string_view waits_if) {
  return {
      Request::command, permission, order,
      [](ActiveRequest& call, json::Value& params) { return run_on_loop<Of, Reply, Request>(handler, call, params); },
      waits_if};
}

}  // namespace typed_detail

template <auto handler>
constexpr CommandSpec command(Permission permission, Ordering order = Ordering::any, std::string_view waits_if = {}) {
  return typed_detail::row<handler>(handler, permission, order, waits_if);
}

}  // namespace dftp::server
