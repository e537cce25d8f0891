// mount, remount, unmount, and what a mount does that is more than one call to the disk.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "proto/wire/limits.h"
#include "server/commands/handlers.h"
#include "server/config/current_config.h"
#include "server/guard/guard.h"
#include "server/mount/end_outdated.h"
#include "server/mount/mount_command.h"
#include "server/mount/mounts.h"
#include "server/session/home_storages.h"
#include "server/session/revocation.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

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
  fs::MountReply reply{.mount = mount.token, .attr = {}, .at = mount.events.last()};
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

Result<std::shared_ptr<MountState>> open_mount(ControlSession& session, const fs::Mount& request,
                                               const std::shared_ptr<MountAttachment>& holder) {
  // What it keeps open to be quick, and its root.
  auto place = session.account->take(Counted::mounts);
  auto descriptors = session.account->take(Counted::descriptors, 1 + max_kept_descriptors());
  if (!place || !descriptors)
    return fail(Code::too_many, {}, "this user, or this address, has as many mounts or open files as it may have");
  // From the share, each time: the user's home may be another directory by then, or none.
  auto open_root = [&roots = session.context.home_storages, home = session.user->home,
                    path = request.path]() -> Result<Descriptor> {
    const auto directory = roots.directory(home);
    if (!directory) return std::unexpected(directory.error());
    return directory->open(path, O_PATH | O_DIRECTORY);
  };
  return session.context.mounts.open(
      {.user = session.user->user,
       .write = session.user->write,
       .act_as = session.user->act_as && can_act(),
       .storage = session.storage,
       .path = request.path,
       .record = session.user->record,
       .open_root = std::move(open_root),
       .account = session.account,
       .paid = std::make_shared<std::pair<Portion, Portion>>(std::move(*place), std::move(*descriptors))},
      holder);
}

// The session has the mount from now on; the reply says how it is.
net::Task<Result<fs::MountReply>> begin(ControlSession& session, std::shared_ptr<MountAttachment> holder,
                                        std::shared_ptr<MountState> state, std::uint64_t seen) {
  auto reply = co_await session.pools->disk.run([&] { return reply_for(*state); });
  if (reply && session.ending) reply = std::unexpected(*session.ending);
  if (!reply) {
    // Nobody would give it up: the session does so when it ends, with what it has by then.
    session.context.mounts.leave(*state, holder.get());
    co_return reply;
  }
  session.mount = holder;
  session.parts.insert(holder);
  reply->missed = !holder->begin(state, seen);
  co_return reply;
}

Result<void> may_begin(const ControlSession& session) {
  if (session.mount) return fail(Code::invalid_request, "mount", "this session has a mount");
  if (session.context.stopping) return fail(Code::shutting_down, {}, "the server is stopping");
  return {};
}

}  // namespace

net::Task<Result<fs::MountReply>> mount(ControlSession& session, const fs::Mount& request) {
  if (auto may = may_begin(session); !may) co_return std::unexpected(may.error());
  auto holder = std::make_shared<MountAttachment>(session);
  auto state = co_await session.pools->disk.run([&] { return open_mount(session, request, holder); });
  if (!state) co_return std::unexpected(state.error());
  co_return co_await begin(session, holder, *state, 0);
}

net::Task<Result<fs::MountReply>> remount(ControlSession& session, const fs::Remount& request) {
  if (auto may = may_begin(session); !may) co_return std::unexpected(may.error());
  auto holder = std::make_shared<MountAttachment>(session);
  const MountAttachment::Work work(holder);  // whoever takes over from this one waits for it
  auto taken = co_await session.pools->disk.run([&] {
    // One of the time before the user was changed may do more than the user may now.
    end_outdated(session.context);
    return session.context.mounts.take_over(request.mount, session.user->user, holder);
  });
  if (!taken) co_return std::unexpected(taken.error());
  if (taken->before) co_await taken->before->taken_over();
  co_return co_await begin(session, holder, taken->mount, request.seen);
}

net::Task<Result<Empty>> unmount(ControlSession& session, const fs::Unmount&) {
  if (!session.mount) co_return fail(Code::invalid_request, "unmount", "this session has no mount");
  const auto holder = std::exchange(session.mount, nullptr);
  session.parts.erase(holder);
  holder->leave();
  co_await session.pools->disk.run([&] {
    session.context.mounts.end(*holder->state());
    return true;
  });
  co_return Empty{};
}

net::Task<Result<fs::StreamsReply>> streams(ControlSession& session, const fs::Streams& request) {
  const auto mount = mount_for(session, std::nullopt);
  if (!mount) co_return std::unexpected(mount.error());
  if (request.plain && !session.context.config->allow_plain_data)
    co_return fail(Code::denied, {}, "this server wants TLS on data connections");
  const auto count = std::clamp<std::size_t>(request.count, 1, limits::streams_per_transfer);
  co_return fs::StreamsReply{session.mount->issue_tickets(count, request.plain)};
}

namespace {

// What a request that waits for a lock has come to, which any thread may say.
class LockAnswer : public std::enable_shared_from_this<LockAnswer> {
 public:
  explicit LockAnswer(net::Executor executor) : executor_(executor), arrived_(executor) {}

  LockTable::Ended taker() {
    return [self = shared_from_this()](int error) { net::spawn(self->executor_, arrive(self, error)); };
  }
  net::Task<int> wait() {
    while (!error_) co_await arrived_.wait();
    co_return *error_;
  }

 private:
  static net::Task<void> arrive(std::shared_ptr<LockAnswer> self, int error) {
    self->error_ = error;
    self->arrived_.notify_all();
    co_return;
  }

  const net::Executor executor_;
  net::Signal arrived_;
  std::optional<int> error_;
};

// What whoever had it before has done is told before the lock is had.
fs::LockReply granted(MountState& mount, const Handle& handle) {
  mount.settle(handle.node);
  return {mount.events.next()};
}

net::Task<Result<fs::LockReply>> granted_later(ControlSession& session, std::shared_ptr<MountState> mount,
                                               std::shared_ptr<Handle> handle) {
  co_return co_await mount->inline_executor.run(
      session.pools->disk, [] { return true; }, [&] { return Result<fs::LockReply>(granted(*mount, *handle)); });
}

net::Task<Result<fs::LockReply>> wait_for_lock(ActiveRequest& call, const fs::Lock& request,
                                               std::shared_ptr<Handle> handle) {
  ControlSession& session = call.session;
  const std::shared_ptr<MountAttachment> holder = session.mount;
  Locks& locks = holder->state()->locks;
  if (session.ending) co_return std::unexpected(*session.ending);
  const auto answer = std::make_shared<LockAnswer>(session.executor);
  const auto enrolled = locks.enrol(holder->holder(), call.id, handle, request, answer->taker());
  if (!enrolled) co_return std::unexpected(enrolled.error());
  call.on_cancel([holder, id = call.id](const Error&) { holder->state()->locks.cancel(holder->holder(), id); });
  co_await session.pools->disk.run([&] {
    locks.begin(holder->holder(), call.id);
    return true;
  });
  const int error = co_await answer->wait();
  if (error == EINTR) co_return std::unexpected(Error{Code::cancelled, "EINTR", "fs.lock", "no longer waited for"});
  if (error != 0) co_return fail_errno(error, "fs.lock");
  co_return co_await granted_later(session, holder->state(), std::move(handle));
}

// Who may only read keeps nobody out by a lock: it excludes those alone who would change what is
// read.
Result<void> may_lock(const MountState& mount, const fs::Lock& request) {
  if (mount.terms.write || request.type != fs::LockType::write) return {};
  return fail(Code::read_only, {}, "you may only read here, and lock for reading");
}

}  // namespace

net::Task<Result<fs::LockReply>> lock(ActiveRequest& call, const fs::Lock& request) {
  ControlSession& session = call.session;
  const auto found = mount_for(session, std::nullopt);
  if (!found) co_return std::unexpected(found.error());
  MountState& mount = **found;
  if (auto may = may_lock(mount, request); !may) co_return std::unexpected(may.error());
  const auto handle = mount.handles.find(request.handle);
  if (!handle) co_return std::unexpected(handle.error());
  (*handle)->locked = true;
  if (request.wait && request.type != fs::LockType::unlock) co_return co_await wait_for_lock(call, request, *handle);
  const void* holder = session.mount->holder();
  co_return co_await session.pools->disk.run([&]() -> Result<fs::LockReply> {
    if (const auto set = mount.locks.set(**handle, request, holder); !set) return std::unexpected(set.error());
    return granted(mount, **handle);
  });
}

net::Task<Result<fs::GetLockReply>> get_lock(ControlSession& session, const fs::GetLock& request) {
  const auto mount = mount_for(session, std::nullopt);
  if (!mount) co_return std::unexpected(mount.error());
  const auto handle = (*mount)->handles.find(request.handle);
  if (!handle) co_return std::unexpected(handle.error());
  co_return co_await session.pools->disk.run([&] { return (*mount)->locks.test(**handle, request); });
}

}  // namespace dftp::server::commands
