// From an operation of a mount to a row of the command table: the request is read, carried out, once if it changes
// something, and answered.
#pragma once

#include "server/mount/mount_attachment.h"
#include "server/mount/operations.h"
#include "server/session/typed.h"
#include "server/session/user_pools.h"

namespace dftp::server {

// The session's mount. Code::invalid_request when there is none, Code::denied when it may not act as `caller`.
Result<std::shared_ptr<MountState>> mount_for(const ControlSession& session, const std::optional<fs::Caller>& caller);

// Waits for a request of the same seq that is carried out; its reply, or nothing: it is to be carried out now. One that
// was given up is not, now or ever: Code::cancelled.
// Code::invalid_request for the seq of another command.
net::Task<Result<std::optional<json::Value>>> earlier_reply(ActiveRequest& call, MountState& mount, fs::Once once,
                                                            std::string_view command);
// Keeps the reply, for when it is asked for again. Of a request that was refused there is nothing to keep: whoever
// may do it later begins anew.
void keep_reply(MountState& mount, fs::Once once, const Result<json::Value>& reply);

enum class Cost {
  any,    // on a disk thread
  small,  // inline_executor.h, unless is_small() says that this one is not
};

namespace typed_detail {

// To cut a file takes longer for a larger one.
template <class Request>
bool is_small(MountState&, const Request& request) {
  if constexpr (requires { request.truncate; }) return !request.truncate;
  if constexpr (requires { request.size.has_value(); }) return !request.size.has_value();
  return true;
}

template <class Reply, Cost effort, class Request>
net::Task<Result<json::Value>> run_on_mount(Result<Reply> (*operation)(MountState&, const Request&),
                                            ActiveRequest& call, json::Value& params) {
  ControlSession& session = call.session;
  const auto request = read_params<Request>(params);
  params = {};
  if (!request) co_return std::unexpected(request.error());
  std::optional<fs::Caller> caller;
  if constexpr (requires { request->as; }) caller = request->as;
  const auto mount = mount_for(session, caller);
  if (!mount) co_return std::unexpected(mount.error());
  [[maybe_unused]] std::optional<MountAttachment::Work> changing;
  if constexpr (requires { request->once; }) {
    changing.emplace(session.mount);
    auto earlier = co_await earlier_reply(call, **mount, request->once, Request::command);
    if (!earlier) co_return std::unexpected(earlier.error());
    if (*earlier) co_return std::move(**earlier);
  }
  const auto work = [&] {
    auto reply = as_json(operation(**mount, *request));
    if constexpr (requires { request->once; }) keep_reply(**mount, request->once, reply);
    return reply;
  };
  if constexpr (effort == Cost::small) {
    const auto small = [&] { return is_small(**mount, *request); };
    co_return co_await (*mount)->inline_executor.run(session.pools->disk, small, work);
  } else {
    co_return co_await session.pools->disk.run(work);
  }
}

template <auto operation, Cost effort, class Reply, class Request>
constexpr CommandSpec mount_row(Result<Reply> (*)(MountState&, const Request&), Permission permission) {
  return {Request::command, permission, Ordering::any, [](ActiveRequest& call, json::Value& params) {
            return run_on_mount<Reply, effort, Request>(operation, call, params);
          }};
}

}  // namespace typed_detail

template <auto operation, Cost effort = Cost::any>
constexpr CommandSpec mount_command(Permission permission) {
  return typed_detail::mount_row<operation, effort>(operation, permission);
}

}  // namespace dftp::server
