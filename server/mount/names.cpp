// Looking up and making names.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "proto/storage/proc_path.h"
#include "proto/storage/rules.h"
#include "proto/wire/limits.h"
#include "server/mount/entries.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

// Others may replace a file again and again while it is looked at, or given a name.
constexpr int replaced_attempts = 16;

dev_t device_of(std::uint64_t device) {
  return makedev(static_cast<unsigned>(device >> 32), static_cast<unsigned>(device & 0xffffffff));
}

// Makes the name by `make`, which fails like a system call, and answers with what stands there.
template <class Request, class Make>
Result<fs::EntryReply> make_entry(MountState& mount, const Request& request, std::uint32_t umask, Make make) {
  auto place = mount.place(request.parent, request.name);
  if (!place) return std::unexpected(place.error());
  ScopedNameChange own(mount, *place);
  if (acting_as(request.as, umask, [&] { return make(*place); }) != 0) return fail_errno(errno, place->name);
  return made_entry(mount, *place, own);
}

// Who fills a new directory need not ask for each name first. `at` stays: the attributes of the parent are as old.
void watch_empty(MountState& mount, fs::EntryReply& reply) {
  const auto listed = readdir(mount, {.node = reply.node, .as = {}});
  if (!listed || !listed->watched || listed->more || !listed->names.empty()) return;
  const auto held = mount.nodes.open(reply.node);
  const auto attr = held ? mount.attr_of((*held)->number()) : std::unexpected(held.error());
  if (!attr) return;
  reply.attr = *attr;
  reply.empty = true;
}

// Devices and set-id programs are made by those alone who act as somebody whom the kernel allows it.
Result<void> may_make(const fs::Mknod& request) {
  switch (request.mode & S_IFMT) {
    case S_IFREG:
    case S_IFIFO:
    case S_IFSOCK: return {};
    case S_IFCHR:
    case S_IFBLK:
      if (request.as) return {};
      return fail_errno(EPERM, request.name.bytes);
  }
  return fail_errno(EINVAL, request.name.bytes);
}

// ENOENT for a file that has no name any more.
Result<fs::EntryReply> link_held(MountState& mount, const fs::Link& request, const Descriptor& held) {
  const auto looked = stat_at(held.number());
  if (!looked) return std::unexpected(looked.error());
  if (looked->is_directory()) return fail_errno(EPERM, request.name.bytes);
  ScopedChange change(mount, mount.nodes.known(looked->key), held.number());
  const std::string source = proc_path(held.number());
  auto reply = make_entry(mount, request, 0, [&](const NodeName& place) {
    return ::linkat(AT_FDCWD, source.c_str(), place.at(), place.text(), AT_SYMLINK_FOLLOW);
  });
  if (!reply) return reply;
  if (reply->attr) change.done(*reply->attr);
  mount.broadcast({.key = looked->key, .what = {fs::What::attr}, .now = reply->attr});
  return reply;
}

}  // namespace

Result<fs::EntryReply> lookup(MountState& mount, const fs::Lookup& request) {
  auto place = mount.place(request.parent, request.name);
  fs::EntryReply reply{.attr = {}, .parent = {}};
  if (!place && place.error().errno_name == "ENOENT") return reply;
  if (!place) return std::unexpected(place.error());
  // In this order: what changes after it was looked at is told.
  reply.watched = mount.watch(place->parent, place->at());
  reply.at = mount.events.last();
  std::optional<Result<FileStatus>> looked;
  Descriptor file;
  const auto lost_its_name = [&] { return looked && *looked && (*looked)->attr.links == 0; };
  for (int attempt = 0; attempt == 0 || (lost_its_name() && attempt < replaced_attempts); ++attempt) {
    acting_as(request.as, [&] {
      if (request.hold) file = Descriptor(::openat(place->at(), place->text(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      looked = file ? stat_at(file.number()) : stat_at(place->at(), place->name);
      return 0;
    });
  }
  if (!looked) return fail_errno(EPERM, place->name);
  if (!*looked && looked->error().errno_name == "ENOENT") return reply;
  if (!*looked) return std::unexpected(looked->error());
  auto node = mount.nodes.add(**looked, place->parent, place->name);
  if (!node) return std::unexpected(node.error());
  if (file) mount.nodes.hold(*node, std::make_shared<const Descriptor>(std::move(file)));
  reply.node = *node;
  reply.attr = mount.attr_of(**looked);
  return reply;
}

Result<fs::EntryReply> mkdir(MountState& mount, const fs::Mkdir& request) {
  auto reply = make_entry(mount, request, request.umask, [&](const NodeName& place) {
    return ::mkdirat(place.at(), place.text(), request.mode & 07777);
  });
  if (reply) watch_empty(mount, *reply);
  return reply;
}

Result<fs::EntryReply> mknod(MountState& mount, const fs::Mknod& request) {
  if (auto may = may_make(request); !may) return std::unexpected(may.error());
  const std::uint32_t mode = allowed_mode(request.mode, false, request.as);
  return make_entry(mount, request, request.umask, [&](const NodeName& place) {
    return ::mknodat(place.at(), place.text(), mode, device_of(request.device));
  });
}

Result<fs::EntryReply> symlink(MountState& mount, const fs::Symlink& request) {
  const auto path = RemotePath().child(request.name.bytes);
  if (!path) return std::unexpected(path.error());
  if (auto valid = check_link(request.target.bytes, *path); !valid) return std::unexpected(valid.error());
  return make_entry(mount, request, 0, [&](const NodeName& place) {
    return ::symlinkat(request.target.bytes.c_str(), place.at(), place.text());
  });
}

Result<fs::EntryReply> link(MountState& mount, const fs::Link& request) {
  const auto link = [&](const Result<SharedDescriptor>& held) -> Result<fs::EntryReply> {
    if (!held) return std::unexpected(held.error());
    return link_held(mount, request, **held);
  };
  auto reply = link(mount.nodes.open(request.node, request.named));
  // It was replaced after it was found.
  const auto is_gone = [&] {
    return !reply && (reply.error().errno_name == "ENOENT" || reply.error().errno_name == "ESTALE");
  };
  for (int attempt = 1; request.instead && is_gone() && attempt < replaced_attempts; ++attempt) {
    const auto instead = mount.nodes.open_instead(request.node);
    if (!instead) break;
    reply = link(instead);
  }
  if (request.named && is_gone()) return fail_errno(ESTALE, request.name.bytes);
  return reply;
}

Result<fs::ReadlinkReply> readlink(MountState& mount, const fs::Readlink& request) {
  const auto held = mount.nodes.open(request.node);
  if (!held) return std::unexpected(held.error());
  std::array<char, PATH_MAX> text;
  const ssize_t length =
      acting_as(request.as, [&] { return ::readlinkat((*held)->number(), "", text.data(), text.size()); });
  // The kernel's word for an empty path that is no link.
  if (length < 0) return fail_errno(errno == ENOENT ? EINVAL : errno, "node " + std::to_string(request.node));
  return fs::ReadlinkReply{{std::string(text.data(), static_cast<std::size_t>(length))}};
}

Result<Empty> forget(MountState& mount, const fs::Forget& request) {
  if (request.nodes.size() != request.counts.size())
    return fail(Code::invalid_request, "params.counts", "must be as many as nodes");
  for (std::size_t i = 0; i < request.nodes.size(); ++i) mount.nodes.forget(request.nodes[i], request.counts[i]);
  return Empty{};
}

}  // namespace dftp::server::operations
