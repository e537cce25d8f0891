// A page of a directory.
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "proto/wire/limits.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

// The numbers of one entry, at their longest, with their commas.
constexpr std::size_t entry_bytes = 250;

struct KernelEntry {
  std::uint64_t inode;
  std::int64_t cookie;
  std::uint16_t length;
  std::uint8_t type;
  char name[];
};

// At most; a control character takes six.
std::size_t bytes_on_wire(std::string_view name) {
  const bool plain = std::ranges::all_of(name, [](unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; });
  return entry_bytes + (plain ? 2 : 6) * name.size() + 16;
}

class Page {
 public:
  Page(MountState& mount, const fs::Readdir& request, int directory)
      : mount_(mount),
        request_(request),
        directory_(directory),
        limit_(request.limit == 0 ? limits::mount_page : std::min<std::size_t>(request.limit, limits::mount_page)) {
    reply.at = mount.events.last();
  }

  // False when it is full; the entry comes with the next page then.
  bool add(const KernelEntry& entry) {
    const std::string name = entry.name;
    if (name == "." || name == ".." || is_reserved(name)) return true;
    left_ -= std::min(left_, bytes_on_wire(name));
    if (reply.names.size() >= limit_ || left_ == 0) return false;
    if (request_.plus && !add_attributes(entry, name)) return true;
    if (!request_.plus) reply.modes.push_back(static_cast<std::uint32_t>(DTTOIF(entry.type)));
    if (!request_.plus) reply.inodes.push_back(entry.inode);
    reply.names.push_back({name});
    reply.cookies.push_back(entry.cookie);
    return true;
  }

  fs::ReaddirReply reply;

 private:
  // False when the name has gone meanwhile. What cannot be looked at is listed all the same.
  bool add_attributes(const KernelEntry& entry, const std::string& name) {
    const auto looked = stat_at(directory_, name);
    if (!looked && looked.error().errno_name == "ENOENT") return false;
    const auto node = looked ? mount_.nodes.add(*looked, request_.node, name) : Result<std::uint64_t>(0);
    const fs::Attr unknown{.inode = entry.inode, .mode = static_cast<std::uint32_t>(DTTOIF(entry.type)), .links = 0};
    const fs::Attr attr = looked ? mount_.attr_of(*looked) : unknown;
    reply.nodes.push_back(node ? *node : 0);
    reply.inodes.push_back(attr.inode);
    reply.modes.push_back(attr.mode);
    reply.links.push_back(attr.links);
    reply.uids.push_back(attr.uid);
    reply.gids.push_back(attr.gid);
    reply.devices.push_back(attr.device);
    reply.sizes.push_back(attr.size);
    reply.blocks.push_back(attr.blocks);
    reply.atimes.push_back(attr.atime);
    reply.mtimes.push_back(attr.mtime);
    reply.ctimes.push_back(attr.ctime);
    return true;
  }

  MountState& mount_;
  const fs::Readdir& request_;
  const int directory_;
  const std::size_t limit_;
  std::size_t left_ = limits::mount_page_bytes;
};

// Adds entries until the page is full or the directory ends.
Result<void> fill(Page& page, int directory) {
  alignas(KernelEntry) std::array<char, 64 * 1024> buffer;
  for (;;) {
    const long got = ::syscall(SYS_getdents64, directory, buffer.data(), buffer.size());
    if (got < 0) return fail_errno(errno, "directory");
    if (got == 0) return {};
    for (long at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const KernelEntry*>(buffer.data() + at);
      page.reply.more = !page.add(*entry);
      if (page.reply.more) return {};
      at += entry->length;
    }
  }
}

}  // namespace

Result<fs::ReaddirReply> readdir(MountState& mount, const fs::Readdir& request) {
  const auto held = mount.nodes.open(request.node);
  if (!held && mount.nodes.last_of_removed(request.node)) return fs::ReaddirReply{.at = mount.events.last()};
  if (!held) return std::unexpected(held.error());
  const Descriptor opened(acting_as(
      request.as, [&] { return ::openat((*held)->number(), ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  if (!opened) return fail_errno(errno, "node " + std::to_string(request.node));
  const bool watched = mount.watch(request.node, opened.number());
  if (::lseek(opened.number(), request.cookie, SEEK_SET) < 0) return fail_errno(errno, "cookie");
  Page page(mount, request, opened.number());
  if (auto filled = fill(page, opened.number()); !filled) return std::unexpected(filled.error());
  page.reply.watched = watched;
  return std::move(page.reply);
}

}  // namespace dftp::server::operations
