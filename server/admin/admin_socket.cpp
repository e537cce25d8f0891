#include "server/admin/admin_socket.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "proto/net/disk_pool.h"
#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "proto/wire/operator.h"
#include "proto/wire/request.h"
#include "server/admin/penalty_answers.h"
#include "server/admin/review.h"
#include "server/auth/authenticator.h"
#include "server/session/presence.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view socket_name = "admin.sock";
// For its owner only.
constexpr mode_t socket_mode = 0600;
// One question and one answer, on one machine.
constexpr auto patience = 5s;
constexpr std::size_t max_at_once = 16;

using Answer = net::Task<Result<json::Value>>;

Answer say(ServerContext& context, const json::Value& params) {
  const auto request = read_params<Say>(params);
  if (!request) co_return std::unexpected(request.error());
  auto text = message_text(request->text);
  if (!text) co_return std::unexpected(text.error());
  const Message message{std::move(*text), {}, !request->user.empty()};
  const std::uint64_t sessions = context.presence.say(message, request->user, 0);
  if (sessions == 0 && message.personal) co_return fail(Code::not_found, request->user, "is not logged in");
  co_return to_json(SayReply{sessions});
}

Answer sessions(ServerContext& context, const json::Value& params) {
  const auto request = read_params<Who>(params);
  if (!request) co_return std::unexpected(request.error());
  co_return to_json(context.presence.page(request->after, true));
}

// The number of a session; 0: the text is none.
std::uint64_t session_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

Answer kick(ServerContext& context, const json::Value& params) {
  const auto request = read_params<Kick>(params);
  if (!request) co_return std::unexpected(request.error());
  KickReply kicked = co_await kick_user(context, request->who);
  if (kicked.sessions == 0 && kicked.mounts == 0) {
    if (!kick_session(context, session_in(request->who)))
      co_return fail(Code::not_found, request->who, "is neither a user who is there nor the number of a session");
    kicked.sessions = 1;
  }
  co_return to_json(kicked);
}

Answer read_users_anew(ServerContext& context, const json::Value& params) {
  const auto request = read_params<ReadUsers>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto read = [&] { return context.authenticator.read_anew(); };
  auto usable = co_await context.disk.run(read);
  co_await review_all(context);
  if (!usable) co_return std::unexpected(usable.error());
  co_return to_json(ReadUsersReply{});
}

Answer penalties(ServerContext& context, const json::Value& params) {
  const auto request = read_params<ListPenalties>(params);
  if (!request) co_return std::unexpected(request.error());
  co_return to_json(list_penalties(context, *request));
}

Answer lift(ServerContext& context, const json::Value& params) {
  const auto request = read_params<LiftPenalty>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto lifted = lift_penalty(context, *request);
  if (!lifted) co_return std::unexpected(lifted.error());
  co_return to_json(*lifted);
}

Answer reload(ServerContext& context, const json::Value& params) {
  const auto request = read_params<Reload>(params);
  if (!request) co_return std::unexpected(request.error());
  const auto reply = co_await context.reload();
  if (!reply) co_return std::unexpected(reply.error());
  co_return to_json(*reply);
}

constexpr struct Row {
  std::string_view command;
  Answer (*run)(ServerContext& context, const json::Value& params);
} rows[] = {
    {Say::command, say},          {Who::command, sessions},
    {Kick::command, kick},        {ReadUsers::command, read_users_anew},
    {Reload::command, reload},    {ListPenalties::command, penalties},
    {LiftPenalty::command, lift},
};

}  // namespace

Result<AdminPlace> AdminPlace::in(const std::filesystem::path& state) {
  Descriptor directory(::open(state.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail_errno(errno, state);
  Endpoint endpoint;
  endpoint.unix_socket = state / socket_name;
  if (endpoint.unix_socket.size() >= sizeof(sockaddr_un::sun_path)) {
    endpoint.unix_socket = "/proc/self/fd/" + std::to_string(directory.number()) + "/" + std::string(socket_name);
  }
  return AdminPlace{std::move(directory), std::move(endpoint)};
}

Result<void> AdminSocket::open(net::Executor executor, const std::filesystem::path& state) {
  auto place = AdminPlace::in(state);
  if (!place) return std::unexpected(place.error());
  auto listener = net::listen(std::move(executor), place->endpoint, socket_mode);
  if (!listener) return std::unexpected(listener.error());
  place_ = std::move(*place);
  listener_ = std::move(*listener);
  return {};
}

void AdminSocket::start(net::Executor executor) {
  if (listener_) net::spawn(executor, accept_all(executor));
}

void AdminSocket::close() {
  if (listener_) listener_->close();
}

net::Task<void> AdminSocket::accept_all(net::Executor executor) {
  for (;;) {
    auto stream = co_await listener_->accept(executor);
    if (!stream) co_return;
    net::spawn(executor, serve(std::move(*stream)));
  }
}

net::Task<void> AdminSocket::serve(std::unique_ptr<net::Stream> stream) {
  const Slot slot = take_slot(serving_, max_at_once);
  if (!slot) co_return stream->close();
  stream->set_timeout(patience);
  const auto frame = co_await net::read_frame(*stream, limits::frame_before_login, patience);
  if (!frame) co_return stream->close();
  const auto result = co_await answer(*stream, *frame);
  const json::Value reply =
      result ? json::Object{{"result", *result}} : json::Object{{"error", to_json(to_wire(result.error()))}};
  auto written = co_await net::write_frame(*stream, reply);
  if (written) co_await stream->finish();
  stream->close();
}

// The mode of the socket keeps others out already; this is what counts.
net::Task<Result<json::Value>> AdminSocket::answer(const net::Stream& stream, const json::Value& frame) const {
  const auto peer = stream.credentials();
  if (!peer || (peer->uid != 0 && peer->uid != ::geteuid()))
    co_return fail(Code::denied, {}, "only for the user that the server runs as, and root");
  if (frame.find("id")) co_return fail(Code::invalid_request, "id", "has no use here: there is one request");
  const auto request = take_request(frame);
  if (!request) co_return std::unexpected(request.error());
  const auto* row = std::ranges::find(rows, request->command, &Row::command);
  if (row == std::end(rows)) co_return fail(Code::unsupported, "cmd", "no such command");
  co_return co_await row->run(context_, request->params);
}

}  // namespace dftp::server
