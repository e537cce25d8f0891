#include <cerrno>

#include "fuse/tree.h"

namespace dftp::mount {
namespace {

constexpr std::string_view capabilities = "security.capability";

}  // namespace

// ---- attributes

Task<Result<MetadataCache::Known>> Tree::setattr(Node node, fs::Setattr request) {
  const auto reply = co_await call(request, {node, &fs::Setattr::node});
  if (!reply) co_return std::unexpected(reply.error());
  const auto lifetime = adopt_own(node, reply->attr, reply->at, reply->watched);
  const auto newest = known_.attributes(node, false);
  co_return newest ? *newest : MetadataCache::Known{reply->attr, lifetime};
}

Task<Result<std::string>> Tree::getxattr(Node node, std::string name, MaybeCaller as) {
  if (name == capabilities && known_.has_no_capabilities(node)) co_return fail_errno(ENODATA, name);
  fs::Getxattr request{0, Name{name}, as};
  auto reply = co_await call(request, {node, &fs::Getxattr::node});
  if (!reply) co_return std::unexpected(reply.error());
  co_return std::move(reply->value.bytes);
}

Task<Result<std::string>> Tree::listxattr(Node node, MaybeCaller as) {
  fs::Listxattr request{0, as};
  const auto reply = co_await call(request, {node, &fs::Listxattr::node});
  if (!reply) co_return std::unexpected(reply.error());
  std::string list;
  for (const Name& name : reply->names) list.append(name.bytes).push_back('\0');
  co_return list;
}

Task<Result<void>> Tree::setxattr(Node node, fs::Setxattr request) {
  known_.gave_attribute(node);
  const auto reply = co_await call(request, {node, &fs::Setxattr::node});
  if (!reply) co_return std::unexpected(reply.error());
  adopt_own(node, reply->attr, reply->at, reply->watched);
  co_return Result<void>();
}

Task<Result<void>> Tree::removexattr(Node node, fs::Removexattr request) {
  const auto reply = co_await call(request, {node, &fs::Removexattr::node});
  if (!reply) co_return std::unexpected(reply.error());
  adopt_own(node, reply->attr, reply->at, reply->watched);
  co_return Result<void>();
}

// ---- making

Task<Result<Entry>> Tree::mkdir(Node parent, fs::Mkdir request) {
  auto reply = co_await call(request, {parent, &fs::Mkdir::parent});
  // First, so that its attributes hold as long.
  if (reply && reply->empty) known_.store_empty(MetadataCache::local(reply->node, session_.epoch()), reply->at);
  co_return co_await entry_of(parent, request.name.bytes, reply);
}

Task<Result<Entry>> Tree::mknod(Node parent, fs::Mknod request) {
  auto reply = co_await call(request, {parent, &fs::Mknod::parent});
  co_return co_await entry_of(parent, request.name.bytes, reply);
}

Task<Result<Entry>> Tree::symlink(Node parent, fs::Symlink request) {
  auto reply = co_await call(request, {parent, &fs::Symlink::parent});
  co_return co_await entry_of(parent, request.name.bytes, reply);
}

Task<Result<Entry>> Tree::link(Node node, Node parent, fs::Link request) {
  auto reply = co_await call(request, {node, &fs::Link::node}, {parent, &fs::Link::parent});
  co_return co_await entry_of(parent, request.name.bytes, reply);
}

// ---- removing and moving

// What is open of it here for no program keeps its space from being used, so that ends before the
// caller hears of it.
Task<void> Tree::adopt_removed(Node parent, std::string name, fs::RemovedReply reply) {
  const bool watched = known_.is_watched(parent);
  adopt_own(parent, reply.parent, reply.at, watched);
  known_.store_name(parent, name, missing, reply.at, watched);
  if (reply.node == 0) co_return;
  const Node node = MetadataCache::local(reply.node, session_.epoch());
  if (reply.attr) {
    adopt_attr(node, *reply.attr, reply.at, watched);
  } else {
    known_.erase(node);
  }
  if (on_removed) co_await on_removed(node);
}

Task<Result<void>> Tree::unlink(Node parent, fs::Unlink request) {
  const auto reply = co_await call(request, {parent, &fs::Unlink::parent});
  if (!reply) co_return std::unexpected(reply.error());
  co_await adopt_removed(parent, request.name.bytes, *reply);
  co_return Result<void>();
}

Task<Result<void>> Tree::rmdir(Node parent, fs::Rmdir request) {
  const auto reply = co_await call(request, {parent, &fs::Rmdir::parent});
  if (!reply) {
    // There is something in it, whatever is known.
    known_.nodes().for_each_child(parent, [&](Node child) {
      if (known_.nodes().place(child)->name == request.name.bytes) known_.names().erase(child);
    });
    co_return std::unexpected(reply.error());
  }
  co_await adopt_removed(parent, request.name.bytes, *reply);
  co_return Result<void>();
}

Task<Result<void>> Tree::rename(Node parent, Node new_parent, fs::Rename request) {
  const auto reply = co_await call(request, {parent, &fs::Rename::parent}, {new_parent, &fs::Rename::new_parent});
  if (!reply) co_return std::unexpected(reply.error());
  const std::string &name = request.name.bytes, &new_name = request.new_name.bytes;
  const bool watched = known_.is_watched(parent), new_watched = known_.is_watched(new_parent);
  adopt_own(parent, reply->parent, reply->at, watched);
  adopt_own(new_parent, reply->new_parent, reply->at, new_watched);

  // Of nodes that this mount does not know nothing is kept.
  const auto put = [&](Node directory, const std::string& at, std::uint64_t remote, const std::optional<fs::Attr>& attr,
                       bool is_watched) {
    if (remote == 0) return known_.names().erase(directory, at);
    const Node node = MetadataCache::local(remote, session_.epoch());
    known_.nodes().moved(node, directory, at);
    known_.store_name(directory, at, node, reply->at, is_watched);
    if (attr) adopt_attr(node, *attr, reply->at, is_watched);
  };
  const bool exchanged = request.mode == fs::RenameMode::exchange;
  put(new_parent, new_name, reply->node, reply->attr, new_watched);
  if (exchanged) put(parent, name, reply->other, reply->other_attr, watched);
  if (!exchanged) known_.store_name(parent, name, missing, reply->at, watched);
  if (exchanged || reply->other == 0) co_return Result<void>();
  const Node replaced = MetadataCache::local(reply->other, session_.epoch());
  known_.erase(replaced);
  if (on_removed) co_await on_removed(replaced);
  co_return Result<void>();
}

}  // namespace dftp::mount
