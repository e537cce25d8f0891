// Opening and closing files.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "proto/storage/content.h"
#include "proto/storage/proc_path.h"
#include "proto/wire/limits.h"
#include "server/mount/entries.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

// A name that is there and is not, again and again, while others make and remove it.
constexpr int create_attempts = 16;
// To write so much out takes a disk some milliseconds.
constexpr std::uint64_t closed_at_once = 1024 * 1024;

int open_flags(fs::Access access, bool truncate) {
  constexpr int always = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_LARGEFILE;
  const int kind = access == fs::Access::write ? O_WRONLY : access == fs::Access::both ? O_RDWR : O_RDONLY;
  return always | kind | (truncate ? O_TRUNC : 0);
}

Result<void> may_open(const MountState& mount, fs::Access access, bool truncate) {
  const bool reads = access == fs::Access::read || access == fs::Access::execute;
  if (mount.terms.write || (reads && !truncate)) return {};
  return fail(Code::read_only, {}, "you may only read here");
}

// A FIFO would block, and opening a device does things.
Result<void> check_regular(const FileStatus& looked, std::uint64_t node) {
  const std::string where = "node " + std::to_string(node);
  if (looked.is_regular()) return {};
  if (looked.is_directory()) return fail_errno(EISDIR, where);
  return fail_errno(S_ISLNK(looked.attr.mode) ? ELOOP : ENXIO, where);
}

struct Opening {
  std::uint64_t node;
  fs::Access access;
  bool truncate;
  std::uint32_t first;
  const std::optional<fs::Caller>& as;
  bool made = false;
  bool named = false;
};

// The reply for a file that is open.
Result<fs::OpenReply> opened_reply(MountState& mount, Descriptor file, const FileStatus& looked,
                                   const Opening& opening) {
  fs::OpenReply reply{.node = opening.node, .parent = {}};
  reply.watched = mount.watched(opening.node);
  // A name in another directory may be used to change it.
  if (!reply.watched || looked.attr.links > 1) reply.watched = mount.watch(opening.node, file.number());
  mount.settle(opening.node);
  reply.at = opening.truncate || opening.made ? mount.events.next() : mount.events.last();
  if (opening.first > 0 && opening.access != fs::Access::write) {
    reply.data.bytes.resize(std::min(opening.first, limits::mount_inline_bytes));
    const auto got =
        content::read(file.number(), 0,
                      MutableBytes(reinterpret_cast<std::byte*>(reply.data.bytes.data()), reply.data.bytes.size()), {});
    reply.data.bytes.resize(got ? *got : 0);
  }
  auto attr = mount.attr_of(file.number());
  if (!attr) return std::unexpected(attr.error());
  reply.attr = *attr;
  const auto held = std::make_shared<const Descriptor>(std::move(file));
  auto handle = mount.handles.add(
      std::shared_ptr<Handle>(new Handle{held, opening.node, looked.key, opening.access, opening.as, opening.made}));
  if (!handle) return std::unexpected(handle.error());
  mount.nodes.begin_use(opening.node, held);
  reply.handle = *handle;
  return reply;
}

// Leaves errno alone when not.
bool may_execute(const Opening& opening, int node) {
  const int error = errno;
  const bool may =
      !opening.truncate && acting_as(opening.as, [&] {
                             return ::syscall(SYS_faccessat2, node, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0 ? 0 : -1;
                           }) == 0;
  errno = error;
  return may;
}

Result<fs::OpenReply> open_node(MountState& mount, const Opening& opening) {
  const auto held = mount.nodes.open(opening.node, opening.named);
  if (!held) return std::unexpected(held.error());
  const auto looked = stat_at((*held)->number());
  if (!looked) return std::unexpected(looked.error());
  if (auto regular = check_regular(*looked, opening.node); !regular) return std::unexpected(regular.error());
  std::optional<ScopedChange> change;
  if (opening.truncate) change.emplace(mount, opening.node, (*held)->number());
  Descriptor file(acting_as(opening.as, [&] {
    const WithoutSetIds ordinary;
    return ::open(proc_path((*held)->number()).c_str(), open_flags(opening.access, opening.truncate));
  }));
  // The kernel of this machine reads what it runs for whoever may run it, and so does that of the mount.
  if (!file && errno == EACCES && opening.access == fs::Access::execute && may_execute(opening, (*held)->number()))
    file = Descriptor(::open(proc_path((*held)->number()).c_str(), open_flags(opening.access, false)));
  if (!file) return fail_errno(errno, "node " + std::to_string(opening.node));
  auto reply = opened_reply(mount, std::move(file), *looked, opening);
  if (reply && change) {
    change->done(reply->attr);
    mount.broadcast({.key = looked->key, .what = {fs::What::attr, fs::What::data}, .now = reply->attr});
  }
  return reply;
}

// A new file; EEXIST.
Result<fs::OpenReply> create_new(MountState& mount, const NodeName& place, const fs::Create& request) {
  ScopedNameChange own(mount, place);
  const auto mode = static_cast<mode_t>(allowed_mode(request.mode & 07777, false, request.as));
  Descriptor file(acting_as(request.as, request.umask, [&] {
    return ::openat(place.at(), place.text(), open_flags(request.access, false) | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  }));
  if (!file) return fail_errno(errno, place.name);
  const auto looked = stat_at(file.number());
  if (!looked) return std::unexpected(looked.error());
  auto entry = made_entry(mount, place, own);
  if (!entry) return std::unexpected(entry.error());
  const Opening opening{entry->node, request.access, false, 0, request.as, true};
  auto reply = opened_reply(mount, std::move(file), *looked, opening);
  if (!reply) {
    mount.nodes.forget(entry->node, 1);
    return reply;
  }
  reply->parent = entry->parent;
  reply->made = true;
  return reply;
}

// What stands there already; ENOENT, and ESTALE when it was replaced meanwhile.
Result<fs::OpenReply> open_existing(MountState& mount, const NodeName& place, const fs::Create& request) {
  const auto looked = stat_at(place.at(), place.name);
  if (!looked) return std::unexpected(looked.error());
  const auto node = mount.nodes.add(*looked, place.parent, place.name);
  if (!node) return std::unexpected(node.error());
  auto reply = open_node(mount, {*node, request.access, request.truncate, request.first, request.as});
  if (!reply) mount.nodes.forget(*node, 1);
  return reply;
}

bool failed_with(const Result<fs::OpenReply>& reply, std::string_view name) {
  return !reply && reply.error().errno_name == name;
}

}  // namespace

Result<fs::OpenReply> open(MountState& mount, const fs::Open& request) {
  if (auto may = may_open(mount, request.access, request.truncate); !may) return std::unexpected(may.error());
  return open_node(mount,
                   {request.node, request.access, request.truncate, request.first, request.as, false, request.named});
}

Result<fs::OpenReply> create(MountState& mount, const fs::Create& request) {
  const auto place = mount.place(request.parent, request.name);
  if (!place) return std::unexpected(place.error());
  (void)mount.watch(place->parent, place->at());
  for (int attempt = 1;; ++attempt) {
    auto reply = create_new(mount, *place, request);
    if (request.exclusive || !failed_with(reply, "EEXIST")) return reply;
    reply = open_existing(mount, *place, request);
    const bool gone = failed_with(reply, "ENOENT") || failed_with(reply, "ESTALE");
    if (!gone || attempt == create_attempts) return reply;
  }
}

// When a file that was cut is closed, by whomever, its file system may write it out; when a removed one is, its space
// is given back.
bool is_small(MountState& mount, const fs::Release& request) {
  const auto handle = mount.handles.find(request.handle);
  if (!handle) return true;
  if ((*handle)->locked || ((*handle)->writes() && !(*handle)->made)) return false;
  const auto looked = stat_at((*handle)->file->number());
  return looked && looked->attr.links > 0 && looked->attr.size <= closed_at_once;
}

Result<fs::AttrReply> release(MountState& mount, const fs::Release& request) {
  const auto handle = mount.handles.remove(request.handle);
  if (!handle) return std::unexpected(handle.error());
  (*handle)->released = true;
  if ((*handle)->locked) mount.locks.release(request.handle, **handle);
  mount.nodes.end_use((*handle)->node);
  fs::AttrReply reply;
  reply.watched = mount.watched((*handle)->node);
  reply.at = mount.events.last();
  auto attr = mount.attr_of((*handle)->file->number());
  if (!attr) return std::unexpected(attr.error());
  reply.attr = *attr;
  return reply;
}

Result<Empty> fsync(MountState& mount, const fs::Fsync& request) {
  const auto flush = [&](int file) { return request.data_only ? ::fdatasync(file) : ::fsync(file); };
  if (request.handle != 0) {
    const auto handle = mount.handles.find(request.handle);
    if (!handle) return std::unexpected(handle.error());
    if (flush((*handle)->file->number()) != 0) return fail_errno(errno, "handle " + std::to_string(request.handle));
    return Empty{};
  }
  const auto held = mount.nodes.open(request.node);
  if (!held) return std::unexpected(held.error());
  const auto looked = stat_at((*held)->number());
  if (!looked) return std::unexpected(looked.error());
  const std::string where = "node " + std::to_string(request.node);
  // Opening anything else does things: a FIFO lets in who waits at its other end. fsync(2) says the
  // same of them.
  if (!looked->is_regular() && !looked->is_directory()) return fail_errno(EINVAL, where);
  const Descriptor file(::open(proc_path((*held)->number()).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return fail_errno(errno, where);
  // A file system that cannot do this for a directory says EINVAL, and orders its names by itself.
  if (flush(file.number()) != 0 && errno != EINVAL) return fail_errno(errno, where);
  return Empty{};
}

}  // namespace dftp::server::operations
