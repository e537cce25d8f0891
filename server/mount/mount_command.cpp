#include "server/mount/mount_command.h"

#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 2ms;

// What the C library's functions take for "no change".
constexpr std::uint32_t no_id = UINT32_MAX;

bool is_caller(const fs::Caller& caller) {
  return caller.uid != no_id && caller.gid != no_id && caller.groups.size() <= limits::caller_groups &&
         std::ranges::find(caller.groups, no_id) == caller.groups.end();
}

Result<std::optional<json::Value>> replayed(const std::string& kept) {
  auto frame = json::parse(kept);
  if (!frame) return std::unexpected(frame.error());
  if (const json::Value* result = frame->find("result")) return *result;
  const json::Value* failure = frame->find("error");
  if (!failure) return fail(Code::io, {}, "a kept reply is none");
  const auto error = from_json<WireError>(*failure, "error");
  return std::unexpected(error ? from_wire(*error) : error.error());
}

// By the terms of the mount or the request itself, and not by the file system, which names an errno.
bool was_refused(const Error& error) {
  return error.errno_name.empty() &&
         (error.code == Code::invalid_request || error.code == Code::denied || error.code == Code::read_only);
}

}  // namespace

Result<std::shared_ptr<MountState>> mount_for(const ControlSession& session, const std::optional<fs::Caller>& caller) {
  if (!session.mount) return fail(Code::invalid_request, {}, "a mount comes first");
  const auto& mount = session.mount->state();
  if (caller && !mount->terms.act_as) return fail(Code::denied, "as", "you may not act as somebody else");
  if (caller && !is_caller(*caller)) return fail(Code::invalid_request, "as", "must be a user and its groups");
  return mount;
}

net::Task<Result<std::optional<json::Value>>> earlier_reply(ActiveRequest& call, MountState& mount, fs::Once once,
                                                            std::string_view command) {
  for (;;) {
    const auto begun = mount.reply_cache.begin(once.seq, once.acked, command);
    if (!begun) co_return std::unexpected(begun.error());
    if (begun->state == ReplyCache::State::fresh && once.given_up) {
      const Result<json::Value> never = fail(Code::cancelled, std::string(command), "was given up before it came");
      keep_reply(mount, once, never);
      co_return std::unexpected(never.error());
    }
    if (begun->state == ReplyCache::State::fresh) co_return std::optional<json::Value>();
    if (begun->state == ReplyCache::State::done) co_return replayed(begun->reply);
    if (auto goes_on = call.running(); !goes_on) co_return std::unexpected(std::move(goes_on.error()));
    auto pause = look_again;
    co_await net::sleep_for(pause);
  }
}

void keep_reply(MountState& mount, fs::Once once, const Result<json::Value>& reply) {
  if (!reply && was_refused(reply.error())) return mount.reply_cache.drop(once.seq);
  const json::Value kept =
      reply ? json::Object{{"result", *reply}} : json::Object{{"error", to_json(to_wire(reply.error()))}};
  mount.reply_cache.finish(once.seq, json::write(kept));
}

}  // namespace dftp::server
