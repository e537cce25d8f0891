#include <sys/statvfs.h>
#include <sys/xattr.h>

#include <string_view>

#include "fuse/operations_request.h"
#include "proto/wire/time_ns.h"

namespace dftp::mount {
namespace {

constexpr std::string_view md5_name = "user.dftp.md5", status_name = "user.dftp.status";

void send_attr(Request& request, MetadataCache::Known& known) {
  const auto status = stat_of(request.filesystem(), known.attr);
  request.answer([&](fuse_req_t to) { return fuse_reply_attr(to, &status, seconds(known.left)); });
}

// What was written and is not yet at the server changes size and times.
Task<Result<MetadataCache::Known>> settled_attr(Filesystem& filesystem, Node node) {
  co_await filesystem.files().settle(node);
  co_return co_await filesystem.tree().getattr(node);
}

void getattr(fuse_req_t to, fuse_ino_t node, fuse_file_info*) {
  const auto request = begin(to);
  request->is_about("getattr", node);
  start(request, settled_attr(request->filesystem(), node), send_attr);
}

Task<Result<MetadataCache::Known>> change_attr(RequestPointer request, Node node, fs::Setattr change, bool by_handle) {
  Filesystem& filesystem = request->filesystem();
  co_await filesystem.files().settle(node);
  filesystem.files().unpark(node);
  const auto apply = [&tree = filesystem.tree(), node](fs::Setattr now) { return tree.setattr(node, std::move(now)); };
  auto work = by_handle ? apply(change) : by_name(request, node, change, apply);
  auto known = co_await std::move(work);
  if (known && change.size) filesystem.files().resized(node, known->attr.size);
  co_return known;
}

std::int64_t nanoseconds(const timespec& time) {
  return nanoseconds_of(time.tv_sec, time.tv_nsec);
}

void setattr(fuse_req_t to, fuse_ino_t node, struct stat* attr, int set, fuse_file_info* info) {
  const auto request = begin(to);
  Filesystem& filesystem = request->filesystem();
  if (!info) request->is_about("setattr", node);
  fs::Setattr change;
  if (set & FUSE_SET_ATTR_MODE) change.mode = attr->st_mode & 07777;
  if (set & FUSE_SET_ATTR_UID) change.uid = attr->st_uid;
  if (set & FUSE_SET_ATTR_GID) change.gid = attr->st_gid;
  if (set & FUSE_SET_ATTR_SIZE) change.size = attr->st_size;
  change.atime_now = set & FUSE_SET_ATTR_ATIME_NOW;
  change.mtime_now = set & FUSE_SET_ATTR_MTIME_NOW;
  if (set & FUSE_SET_ATTR_ATIME && !change.atime_now) change.atime = nanoseconds(attr->st_atim);
  if (set & FUSE_SET_ATTR_MTIME && !change.mtime_now) change.mtime = nanoseconds(attr->st_mtim);
  if (info) change.handle = filesystem.files().writer_of(info->fh);
  change.as = request->caller();
  start(request, change_attr(request, node, std::move(change), info != nullptr), send_attr);
}

void access(fuse_req_t to, fuse_ino_t node, int mask) {
  const auto request = begin(to);
  request->is_about("access", node);
  start(request, request->filesystem().tree().access(node, static_cast<std::uint32_t>(mask & 7), request->caller()));
}

void send_space(Request& request, fs::StatfsReply& space) {
  struct statvfs status{};
  status.f_bsize = status.f_frsize = space.block_bytes;
  status.f_blocks = space.blocks;
  status.f_bfree = space.blocks_free;
  status.f_bavail = space.blocks_available;
  status.f_files = space.files;
  status.f_ffree = status.f_favail = space.files_free;
  status.f_namemax = space.name_bytes;
  request.answer([&](fuse_req_t to) { return fuse_reply_statfs(to, &status); });
}

void statfs(fuse_req_t to, fuse_ino_t node) {
  const auto request = begin(to);
  if (node) request->is_about("statfs", node);
  start(request, request->filesystem().tree().statfs(node ? node : root_node), send_space);
}

// ---- extended attributes

// ACLs are the server's to check; here a program sees modes only.
bool is_served(std::string_view name) {
  return !name.starts_with("system.") && name != "security.selinux";
}

struct Sized {
  std::string value;
  std::size_t room;  // 0: only its size is asked for
};

void send_sized(Request& request, Sized& sized) {
  request.answer([&](fuse_req_t to) {
    if (sized.room == 0) return fuse_reply_xattr(to, sized.value.size());
    if (sized.value.size() > sized.room) return fuse_reply_err(to, ERANGE);
    return fuse_reply_buf(to, sized.value.data(), sized.value.size());
  });
}

Task<Result<std::string>> status_of(Filesystem& filesystem) {
  co_return filesystem.status();
}

Task<Result<Sized>> with_room(Task<Result<std::string>> work, std::size_t room) {
  auto value = co_await std::move(work);
  if (!value) co_return std::unexpected(std::move(value.error()));
  co_return Sized{std::move(*value), room};
}

void getxattr(fuse_req_t to, fuse_ino_t node, const char* name, std::size_t room) {
  const auto request = begin(to);
  request->is_about("getxattr", node);
  Filesystem& filesystem = request->filesystem();
  if (!is_served(name)) return request->fail(EOPNOTSUPP);
  if (name == status_name && node == root_node) {
    return start(request, with_room(status_of(filesystem), room), send_sized);
  }
  if (name == md5_name) return start(request, with_room(filesystem.md5(node), room), send_sized);
  start(request, with_room(filesystem.tree().getxattr(node, name, request->caller()), room), send_sized);
}

Task<Result<std::string>> served_names(Tree& tree, Node node, MaybeCaller as) {
  auto all = co_await tree.listxattr(node, as);
  if (!all) co_return all;
  std::string names;
  for (std::string_view rest = *all; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find('\0'));
    if (is_served(name)) names.append(name).push_back('\0');
    rest.remove_prefix(name.size() + 1);
  }
  co_return names;
}

void listxattr(fuse_req_t to, fuse_ino_t node, std::size_t room) {
  const auto request = begin(to);
  request->is_about("listxattr", node);
  Tree& tree = request->filesystem().tree();
  start(request, with_room(served_names(tree, node, request->caller()), room), send_sized);
}

void setxattr(fuse_req_t to, fuse_ino_t node, const char* name, const char* value, std::size_t size, int flags) {
  const auto request = begin(to);
  if (!is_served(name)) return request->fail(EOPNOTSUPP);
  if (name == md5_name || name == status_name) return request->fail(EPERM);
  request->is_about("setxattr", node);
  fs::Setxattr change;
  change.name.bytes = name;
  change.value.bytes.assign(value, size);
  change.mode = flags & XATTR_CREATE    ? fs::XattrMode::create
                : flags & XATTR_REPLACE ? fs::XattrMode::replace
                                        : fs::XattrMode::any;
  change.as = request->caller();
  const auto apply = [&tree = request->filesystem().tree(), node](fs::Setxattr now) {
    return tree.setxattr(node, std::move(now));
  };
  start(request, by_name(request, node, std::move(change), apply));
}

void removexattr(fuse_req_t to, fuse_ino_t node, const char* name) {
  const auto request = begin(to);
  if (!is_served(name)) return request->fail(EOPNOTSUPP);
  request->is_about("removexattr", node);
  fs::Removexattr change;
  change.name.bytes = name;
  change.as = request->caller();
  const auto apply = [&tree = request->filesystem().tree(), node](fs::Removexattr now) {
    return tree.removexattr(node, std::move(now));
  };
  start(request, by_name(request, node, std::move(change), apply));
}

}  // namespace

void add_attributes(fuse_lowlevel_ops& table) {
  table.getattr = getattr;
  table.setattr = setattr;
  table.access = access;
  table.statfs = statfs;
  table.getxattr = getxattr;
  table.listxattr = listxattr;
  table.setxattr = setxattr;
  table.removexattr = removexattr;
}

}  // namespace dftp::mount
