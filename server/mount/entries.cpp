#include "server/mount/entries.h"

#include <fcntl.h>

#include <cerrno>

namespace dftp::server::operations {

std::uint32_t allowed_mode(std::uint32_t mode, bool directory, const std::optional<fs::Caller>& as) {
  return directory || as ? mode : mode & ~set_id_bits;
}

Result<void> check_may_change(const MountState& mount, std::uint64_t node, const std::optional<fs::Caller>& as) {
  const bool root = node == fs::root_node && mount.terms.path.is_root();
  if (root && !as) return fail_errno(EPERM, "/");
  return {};
}

Result<fs::EntryReply> made_entry(MountState& mount, const NodeName& place, ScopedNameChange& own) {
  fs::EntryReply reply{.at = mount.events.next(), .attr = {}, .parent = {}};
  const auto looked = stat_at(place.at(), place.name);
  if (!looked) return std::unexpected(looked.error());
  own.done(mark_of(*looked));
  auto parent = mount.attr_of(place.at());
  if (!parent) return std::unexpected(parent.error());
  auto node = mount.nodes.add(*looked, place.parent, place.name);
  if (!node) return std::unexpected(node.error());
  if (const auto key = mount.nodes.key_of(place.parent))
    mount.broadcast(
        {.key = *key, .what = {fs::What::attr, fs::What::entries}, .name = place.name, .mark = mark_of(*looked)});
  reply.node = *node;
  reply.attr = mount.attr_of(*looked);
  reply.parent = *parent;
  reply.watched = mount.watched(*node);
  return reply;
}

Loss::Loss(MountState& mount, const NodeName& place) : mount_(mount), parent_(place.parent), name_(place.name) {
  Descriptor opened(::openat(place.at(), place.text(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!opened) return;
  auto looked = stat_at(opened.number());
  if (!looked) return;
  looked_ = *looked;
  held_ = std::make_shared<const Descriptor>(std::move(opened));
  node_ = mount_.nodes.known(looked_->key);
  if (node_ != 0) change_.emplace(mount_, node_, held_->number());
}

std::optional<fs::Attr> Loss::settle(bool gone) {
  if (!looked_) return std::nullopt;
  const auto now = stat_at(held_->number());
  if (!now) return std::nullopt;
  const bool last = gone && (now->attr.links == 0 || now->is_directory());
  mount_.broadcast({.key = looked_->key,
                    .what = last ? std::vector{fs::What::attr, fs::What::gone} : std::vector{fs::What::attr},
                    .now = now->attr});
  // Whoever has it open holds it; nobody else does when this is answered, so that its space is
  // free.
  held_.reset();
  if (node_ == 0) return std::nullopt;
  const fs::Attr attr = mount_.attr_of(*now);
  if (last) {
    mount_.nodes.removed(node_, attr);
  } else if (gone) {
    mount_.nodes.lost_name(node_, parent_, name_);
  }
  change_->done(now->attr);
  return attr;
}

}  // namespace dftp::server::operations
