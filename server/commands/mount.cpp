// mount, remount, unmount, and what a mount does that is more than one call to the disk.
#include <algorithm>
#include <cerrno>
#include <fstream>

#include "proto/wire/limits.h"
#include "server/commands/handlers.h"
#include "server/mount/mount_command.h"
#include "server/session/revocation.h"

namespace dftp::commands {
namespace {

using namespace std::chrono_literals;

// How soon a lock is had that somebody else has let go.
constexpr auto first_pause = 1ms, longest_pause = 10ms;

// See random(4); empty where the kernel does not say.
const std::string& boot_id() {
  static const std::string id = [] {
    std::string line;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), line);
    return line;
  }();
  return id;
}

Result<fs::MountReply> reply_for(MountState& mount) {
  fs::MountReply reply{
      .mount = mount.token, .attr = {}, .at = mount.events.last(), .features = {"acknowledge", "execute"}};
  const auto root = mount.nodes.open(fs::root_node);
  if (!root) return std::unexpected(root.error());
  const auto attr = mount.attr_of((*root)->number());
  if (!attr) return std::unexpected(attr.error());
  reply.attr = *attr;
  reply.grace = static_cast<std::uint32_t>(std::chrono::seconds(limits::mount_grace).count());
  reply.io_bytes = limits::mount_io_bytes;
  reply.write = mount.terms.write;
  reply.act_as = mount.terms.act_as;
  reply.boot = boot_id();
  return reply;
}

Result<std::shared_ptr<MountState>> open_mount(Session& session, const fs::Mount& request,
                                               const std::shared_ptr<MountSession>& holder) {
  const auto home = session.context.roots.directory(session.user->home);
  if (!home) return std::unexpected(home.error());
  return session.context.mounts.open(*home,
                                     {.user = session.user->user,
                                      .write = session.user->write,
                                      .act_as = session.user->act_as && can_act(),
                                      .storage = session.storage,
                                      .path = request.path,
                                      .record = session.user->record},
                                     holder);
}

// The session has the mount from now on; the reply says how it is.
net::Task<Result<fs::MountReply>> begin(Session& session, std::shared_ptr<MountSession> holder,
                                        std::shared_ptr<MountState> state, std::uint64_t seen) {
  auto reply = co_await session.context.disk.run([&] { return reply_for(*state); });
  if (reply && session.ending) reply = std::unexpected(*session.ending);
  if (!reply) {
    // Nobody would give it up: the session does so when it ends, with what it has by then.
    session.context.mounts.leave(*state, holder.get());
    co_return reply;
  }
  session.mount = holder;
  reply->missed = !holder->begin(state, seen);
  co_return reply;
}

Result<void> may_begin(const Session& session) {
  if (session.mount) return fail(Code::invalid_request, "mount", "this session has a mount");
  if (session.context.stopping) return fail(Code::shutting_down, {}, "the server is stopping");
  return {};
}

}  // namespace

net::Task<Result<fs::MountReply>> mount(Session& session, const fs::Mount& request) {
  if (auto may = may_begin(session); !may) co_return std::unexpected(may.error());
  auto holder = std::make_shared<MountSession>(session);
  auto state = co_await session.context.disk.run([&] { return open_mount(session, request, holder); });
  if (!state) co_return std::unexpected(state.error());
  co_return co_await begin(session, holder, *state, 0);
}

net::Task<Result<fs::MountReply>> remount(Session& session, const fs::Remount& request) {
  if (auto may = may_begin(session); !may) co_return std::unexpected(may.error());
  auto holder = std::make_shared<MountSession>(session);
  auto state = co_await session.context.disk.run([&] {
    // One of the time before the user was changed may do more than the user may now.
    end_outdated(session.context);
    return session.context.mounts.take_over(request.mount, session.user->user, holder);
  });
  if (!state) co_return std::unexpected(state.error());
  co_return co_await begin(session, holder, *state, request.seen);
}

net::Task<Result<Empty>> unmount(Session& session, const fs::Unmount&) {
  if (!session.mount) co_return fail(Code::invalid_request, "unmount", "this session has no mount");
  const auto holder = std::exchange(session.mount, nullptr);
  holder->leave();
  co_await session.context.disk.run([&] {
    session.context.mounts.end(*holder->state());
    return true;
  });
  co_return Empty{};
}

net::Task<Result<fs::StreamsReply>> streams(Session& session, const fs::Streams& request) {
  const auto mount = mount_for(session, std::nullopt);
  if (!mount) co_return std::unexpected(mount.error());
  if (request.plain && !session.context.config.allow_plain_data)
    co_return fail(Code::denied, {}, "this server wants TLS on data connections");
  const auto count = std::clamp<std::size_t>(request.count, 1, limits::streams_per_transfer);
  co_return fs::StreamsReply{session.mount->issue_tickets(count, request.plain)};
}

namespace {

// False when there are too many. A wait that is asked for again has ended soon in the session that was lost.
net::Task<bool> begin_wait(Session& session, Locks& locks, std::uint64_t number) {
  constexpr int attempts = 50;
  for (int attempt = 0; attempt < attempts && !session.ending; ++attempt) {
    if (locks.begin_wait(number)) co_return true;
    auto pause = longest_pause;
    co_await net::sleep_for(pause);
  }
  co_return false;
}

}  // namespace

net::Task<Result<fs::LockReply>> lock(Session& session, const fs::Lock& request) {
  const auto found = mount_for(session, std::nullopt);
  if (!found) co_return std::unexpected(found.error());
  MountState& mount = **found;
  const auto handle = mount.handles.find(request.handle);
  if (!handle) co_return std::unexpected(handle.error());
  (*handle)->locked = true;
  const auto set = [&] { return mount.locks.set(request.handle, **handle, request); };
  const bool patient = request.wait != 0;
  // From the start: it may be cancelled before it is known that the lock is taken.
  if (patient) {
    const bool begun = co_await begin_wait(session, mount.locks, request.wait);
    if (!begun) co_return fail_errno(ENOLCK, "fs.lock.wait");
  }
  auto locked = co_await session.context.disk.run([&] { return set(); });
  const auto taken = [&] { return !locked && locked.error().errno_name == "EAGAIN"; };
  net::Duration pause = first_pause;
  while (patient && taken() && mount.locks.waits(request.wait) && !session.ending) {
    co_await net::sleep_for(pause);
    pause = std::min<net::Duration>(2 * pause, longest_pause);
    locked = co_await session.context.disk.run([&] { return set(); });
  }
  if (patient) mount.locks.end_wait(request.wait);
  if (patient && taken()) co_return std::unexpected(Error{Code::cancelled, "EINTR", "fs.lock", "no longer waited for"});
  if (!locked) co_return std::unexpected(locked.error());
  co_return fs::LockReply{mount.events.next()};
}

net::Task<Result<fs::GetLockReply>> get_lock(Session& session, const fs::GetLock& request) {
  const auto mount = mount_for(session, std::nullopt);
  if (!mount) co_return std::unexpected(mount.error());
  const auto handle = (*mount)->handles.find(request.handle);
  if (!handle) co_return std::unexpected(handle.error());
  co_return co_await session.context.disk.run([&] { return (*mount)->locks.test(**handle, request); });
}

net::Task<Result<Empty>> cancel_wait(Session& session, const fs::CancelWait& request) {
  const auto mount = mount_for(session, std::nullopt);
  if (!mount) co_return std::unexpected(mount.error());
  (*mount)->locks.end_wait(request.wait);
  co_return Empty{};
}

}  // namespace dftp::commands
