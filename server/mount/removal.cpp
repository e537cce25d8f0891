// Removing and moving names. What loses its name stays usable for those who know its node.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "server/mount/entries.h"
#include "server/mount/operations.h"

namespace dftp::server::operations {
namespace {

// To give so much back takes a disk no time to speak of; in blocks of 512 bytes.
constexpr std::uint64_t freed_at_once = 1024 * 1024 / 512;

// Hidden partials that nobody holds go with their directory: nobody could see why it is not empty.
bool collect_hidden(MountState& mount, const NodeName& place) {
  const auto parent = mount.nodes.path_of(place.parent);
  const auto inner = parent ? parent->child(place.name) : parent;
  const auto path = inner ? mount.terms.path.join(*inner) : inner;
  if (!path) return false;
  const auto listing = mount.terms.storage->list(*path);
  if (!listing) return false;
  const auto first = (*listing)->next();
  if (!first || *first) return false;
  const auto collected = mount.terms.storage->collect_partials(*path, std::chrono::seconds(0));
  return collected && *collected > 0;
}

bool seems_empty_only(int error) {
  return error == ENOTEMPTY || error == EEXIST;
}

template <class Request>
Result<fs::RemovedReply> remove(MountState& mount, const Request& request, int flags) {
  auto place = mount.place(request.parent, request.name);
  if (!place) return std::unexpected(place.error());
  ScopedNameChange own(mount, *place);
  Loss loss(mount, *place);
  const auto unlink = [&] {
    return acting_as(request.as, [&] { return ::unlinkat(place->at(), place->text(), flags); });
  };
  int removed = unlink();
  if (removed != 0 && flags != 0 && seems_empty_only(errno)) {
    const int error = errno;
    if (collect_hidden(mount, *place)) {
      removed = unlink();
    } else {
      errno = error;
    }
  }
  if (removed != 0) return fail_errno(errno, place->name);
  own.done(0);
  fs::RemovedReply reply{.at = mount.events.next(), .parent = {}, .node = loss.node(), .attr = loss.settle(true)};
  if (const auto key = mount.nodes.key_of(place->parent))
    mount.broadcast({.key = *key, .what = {fs::What::attr, fs::What::entries}, .name = place->name});
  auto parent = mount.attr_of(place->at());
  if (!parent) return std::unexpected(parent.error());
  reply.parent = *parent;
  return reply;
}

unsigned rename_flags(fs::RenameMode mode) {
  switch (mode) {
    case fs::RenameMode::replace: break;
    case fs::RenameMode::noreplace: return RENAME_NOREPLACE;
    case fs::RenameMode::exchange: return RENAME_EXCHANGE;
  }
  return 0;
}

void tell_of_name(MountState& mount, const NodeName& place, ScopedNameChange& own) {
  const auto looked = stat_at(place.at(), place.name);
  const std::uint64_t mark = looked ? mark_of(*looked) : 0;
  own.done(mark);
  if (const auto key = mount.nodes.key_of(place.parent))
    mount.broadcast({.key = *key, .what = {fs::What::attr, fs::What::entries}, .name = place.name, .mark = mark});
}

int rename(const fs::Rename& request, const NodeName& from, const NodeName& to) {
  return acting_as(request.as,
                   [&] { return ::renameat2(from.at(), from.text(), to.at(), to.text(), rename_flags(request.mode)); });
}

}  // namespace

bool is_small(MountState& mount, const fs::Unlink& request) {
  const auto place = mount.place(request.parent, request.name);
  const auto looked = place ? stat_at(place->at(), place->name) : std::unexpected(place.error());
  return !looked || looked->attr.links > 1 || looked->attr.blocks <= freed_at_once;
}

Result<fs::RemovedReply> unlink(MountState& mount, const fs::Unlink& request) {
  return remove(mount, request, 0);
}

Result<fs::RemovedReply> rmdir(MountState& mount, const fs::Rmdir& request) {
  return remove(mount, request, AT_REMOVEDIR);
}

Result<fs::RenameReply> rename(MountState& mount, const fs::Rename& request) {
  auto from = mount.place(request.parent, request.name);
  if (!from) return std::unexpected(from.error());
  auto to = mount.place(request.new_parent, request.new_name);
  if (!to) return std::unexpected(to.error());
  const bool exchange = request.mode == fs::RenameMode::exchange;
  ScopedNameChange own_from(mount, *from), own_to(mount, *to);
  Loss moved(mount, *from), other(mount, *to);
  int renamed = rename(request, *from, *to);
  if (renamed != 0 && seems_empty_only(errno) && request.mode == fs::RenameMode::replace) {
    const int error = errno;
    if (collect_hidden(mount, *to)) {
      renamed = rename(request, *from, *to);
    } else {
      errno = error;
    }
  }
  if (renamed != 0) return fail_errno(errno, to->name);
  // Two names of one file: nothing was done, says the standard.
  const bool same = moved.node() != 0 && moved.node() == other.node();
  if (moved.node() != 0 && !same) mount.nodes.moved(moved.node(), to->parent, to->name);
  if (exchange && other.node() != 0 && !same) mount.nodes.moved(other.node(), from->parent, from->name);
  fs::RenameReply reply{.at = mount.events.next(), .attr = {}, .other_attr = {}};
  tell_of_name(mount, *from, own_from);
  tell_of_name(mount, *to, own_to);
  reply.node = moved.node();
  reply.attr = moved.settle(false);
  reply.other = other.node();
  reply.other_attr = other.settle(!exchange && !same);
  const auto parent = mount.attr_of(from->at()), new_parent = mount.attr_of(to->at());
  if (!parent) return std::unexpected(parent.error());
  if (!new_parent) return std::unexpected(new_parent.error());
  reply.parent = *parent;
  reply.new_parent = *new_parent;
  return reply;
}

}  // namespace dftp::server::operations
