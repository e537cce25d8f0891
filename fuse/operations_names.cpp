#include "fuse/operations_request.h"

#include <sys/sysmacros.h>

#include <cerrno>
#include <cstdio>

namespace dftp::mount {
namespace {

void send_entry(Request& request, Entry& entry) {
  const auto parameters = entry_of(request.filesystem(), entry);
  const bool taken = request.answer([&](fuse_req_t to) { return fuse_reply_entry(to, &parameters); });
  if (!taken && entry.node != missing) request.filesystem().tree().known().nodes().release(entry.node);
}

void send_text(Request& request, std::string& text) {
  request.answer([&](fuse_req_t to) { return fuse_reply_readlink(to, text.c_str()); });
}

Task<Result<Entry>> look_up(RequestPointer request, Node parent, std::string name) {
  Tree& tree = request->filesystem().tree();
  const bool anew = request->looks_anew();
  auto entry = co_await tree.lookup(parent, name, request->caller(), anew);
  if (!entry) co_return entry;
  request->looked(parent, name, entry->node);
  // What the walk has found is good for the call that it belongs to: the next one has to look for itself.
  if (anew) entry->names_hold = {};
  co_return entry;
}

void lookup(fuse_req_t to, fuse_ino_t parent, const char* name) {
  const auto request = begin(to);
  request->is_about("lookup", parent);
  start(request, look_up(request, parent, name), send_entry);
}

void forget(fuse_req_t to, fuse_ino_t node, std::uint64_t count) {
  served(to).filesystem.tree().known().nodes().release(node, count);
  fuse_reply_none(to);
}

void forget_multi(fuse_req_t to, std::size_t count, fuse_forget_data* forgets) {
  auto& nodes = served(to).filesystem.tree().known().nodes();
  for (std::size_t i = 0; i < count; ++i) nodes.release(forgets[i].ino, forgets[i].nlookup);
  fuse_reply_none(to);
}

void readlink(fuse_req_t to, fuse_ino_t node) {
  const auto request = begin(to);
  request->is_about("readlink", node);
  start(request, request->filesystem().tree().readlink(node, request->caller()), send_text);
}

void mknod(fuse_req_t to, fuse_ino_t parent, const char* name, mode_t mode, dev_t device) {
  const auto request = begin(to);
  request->is_about("mknod", parent, name, EEXIST);
  fs::Mknod make;
  make.name.bytes = name;
  make.mode = mode;
  make.device = std::uint64_t{major(device)} << 32 | minor(device);
  make.umask = request->umask();
  make.as = request->caller();
  start(request, request->filesystem().tree().mknod(parent, std::move(make)), send_entry);
}

void mkdir(fuse_req_t to, fuse_ino_t parent, const char* name, mode_t mode) {
  const auto request = begin(to);
  request->is_about("mkdir", parent, name, EEXIST);
  fs::Mkdir make;
  make.name.bytes = name;
  make.mode = mode & 07777;
  make.umask = request->umask();
  make.as = request->caller();
  start(request, request->filesystem().tree().mkdir(parent, std::move(make)), send_entry);
}

void symlink(fuse_req_t to, const char* target, fuse_ino_t parent, const char* name) {
  const auto request = begin(to);
  request->is_about("symlink", parent, name, EEXIST);
  fs::Symlink make;
  make.name.bytes = name;
  make.target.bytes = target;
  make.as = request->caller();
  start(request, request->filesystem().tree().symlink(parent, std::move(make)), send_entry);
}

void link(fuse_req_t to, fuse_ino_t node, fuse_ino_t parent, const char* name) {
  const auto request = begin(to);
  request->is_about("link", parent, name, EEXIST);
  request->is_about("link", node);
  fs::Link make;
  make.name.bytes = name;
  make.as = request->caller();
  make.instead = request->found_anew();
  const auto apply = [&tree = request->filesystem().tree(), node, parent](fs::Link now) {
    return tree.link(node, parent, std::move(now));
  };
  start(request, by_name(request, node, std::move(make), apply), send_entry);
}

void unlink(fuse_req_t to, fuse_ino_t parent, const char* name) {
  const auto request = begin(to);
  request->is_about("unlink", parent, name, ENOENT);
  fs::Unlink removal;
  removal.name.bytes = name;
  removal.as = request->caller();
  start(request, request->filesystem().tree().unlink(parent, std::move(removal)));
}

void rmdir(fuse_req_t to, fuse_ino_t parent, const char* name) {
  const auto request = begin(to);
  request->is_about("rmdir", parent, name, ENOENT);
  fs::Rmdir removal;
  removal.name.bytes = name;
  removal.as = request->caller();
  start(request, request->filesystem().tree().rmdir(parent, std::move(removal)));
}

void rename(fuse_req_t to, fuse_ino_t parent, const char* name, fuse_ino_t new_parent, const char* new_name,
            unsigned flags) {
  const auto request = begin(to);
  // RENAME_WHITEOUT is for overlays, which make devices of it.
  if (flags != 0 && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE) return request->fail(EINVAL);
  request->is_about("rename", parent, name, ENOENT);
  request->is_about("rename", new_parent, new_name, flags == RENAME_NOREPLACE ? EEXIST : flags == 0 ? 0 : ENOENT);
  fs::Rename move;
  move.name.bytes = name;
  move.new_name.bytes = new_name;
  move.mode = flags == RENAME_NOREPLACE  ? fs::RenameMode::noreplace
              : flags == RENAME_EXCHANGE ? fs::RenameMode::exchange
                                         : fs::RenameMode::replace;
  move.as = request->caller();
  start(request, request->filesystem().tree().rename(parent, new_parent, std::move(move)));
}

}  // namespace

void add_names(fuse_lowlevel_ops& table) {
  table.lookup = lookup;
  table.forget = forget;
  table.forget_multi = forget_multi;
  table.readlink = readlink;
  table.mknod = mknod;
  table.mkdir = mkdir;
  table.symlink = symlink;
  table.link = link;
  table.unlink = unlink;
  table.rmdir = rmdir;
  table.rename = rename;
}

}  // namespace dftp::mount
