#include "fuse/tree.h"

#include <sys/stat.h>

#include <cerrno>

#include "fuse/remembered_page.h"
#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

// So many unknown names in one directory, and it is listed: the next ones will be known.
constexpr unsigned misses_before_listing = 2;
// A directory larger than this is not listed for the names in it.
constexpr std::size_t max_listed = 20000;
constexpr std::size_t forgotten_at_once = 4096;
constexpr auto space_holds = 1s;

fs::Attr attr_at(const fs::ReaddirReply& page, std::size_t i) {
  return {.inode = page.inodes[i],
          .mode = page.modes[i],
          .links = page.links[i],
          .uid = page.uids[i],
          .gid = page.gids[i],
          .device = page.devices[i],
          .size = page.sizes[i],
          .blocks = page.blocks[i],
          .atime = page.atimes[i],
          .mtime = page.mtimes[i],
          .ctime = page.ctimes[i]};
}

// All columns have one length, and names are names.
Result<void> check(const fs::ReaddirReply& page) {
  const std::size_t count = page.names.size();
  const auto whole = [&](const auto&... columns) { return ((columns.size() == count) && ...); };
  if (!whole(page.cookies, page.inodes, page.modes, page.nodes, page.links, page.uids, page.gids, page.devices,
             page.sizes, page.blocks, page.atimes, page.mtimes, page.ctimes)) {
    return fail(Code::protocol, {}, "columns of different lengths");
  }
  if (page.more && count == 0) return fail(Code::protocol, {}, "an empty page before the end");
  for (const Name& name : page.names) {
    if (!RemotePath().child(name.bytes)) return fail(Code::protocol, {}, "an entry that is no name");
  }
  return {};
}

}  // namespace

Task<Result<Tree::Remote>> Tree::remote(Node node) {
  while (true) {
    const std::uint64_t epoch = session_.epoch();
    if (node == root_node || MetadataCache::epoch_of(node) == epoch)
      co_return Remote{MetadataCache::remote_of(node), epoch};
    const auto moved = moved_.find(node);
    if (moved != moved_.end() && moved->second.epoch == epoch) co_return moved->second;
    const auto place = known_.nodes().place(node);
    if (!place) co_return std::unexpected(from_errno(ESTALE, {}));
    const auto parent = co_await remote(place->parent);
    if (!parent) co_return std::unexpected(parent.error());
    fs::Lookup request{parent->id, Name{place->name}, false, {}};
    const auto reply = co_await session_.call(request, parent->epoch);
    if (!reply && session_.epoch() != parent->epoch) continue;
    if (!reply) co_return std::unexpected(reply.error());
    if (reply->node == 0) co_return std::unexpected(from_errno(ESTALE, {}));
    moved_[node] = {reply->node, parent->epoch};
  }
}

void Tree::replaced() {
  moved_.clear();
  known_.forget_all();
}

// ---- looking

Entry Tree::adopt(Node parent, const std::string& name, std::uint64_t remote, const fs::Attr& attr, std::uint64_t at,
                  bool watched) {
  const Node node = MetadataCache::local(remote, session_.epoch());
  known_.found(node, parent, name, attr);
  const auto names_hold = known_.store_name(parent, name, node, at, watched);
  const auto attributes_hold = adopt_attr(node, attr, at, watched);
  const auto newest = known_.attributes(node, false);
  return {node, newest ? newest->attr : attr, names_hold, attributes_hold};
}

Clock::duration Tree::adopt_attr(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own) {
  // What happens in a directory changes its attributes; that is watched for each by itself.
  return known_.store(node, attr, at, S_ISDIR(attr.mode) ? known_.is_watched(node) : watched, own);
}

Clock::duration Tree::adopt_own(Node node, const fs::Attr& attr, std::uint64_t at, bool watched) {
  unsynced_.changed(attr.inode);
  return adopt_attr(node, attr, at, watched, true);
}

Task<Result<Entry>> Tree::entry_of(Node parent, std::string name, Result<fs::EntryReply> reply) {
  if (!reply) co_return std::unexpected(reply.error());
  known_.watched(parent, reply->watched);
  if (reply->parent) adopt_own(parent, *reply->parent, reply->at, reply->watched);
  if (reply->node == 0) {
    Entry none;
    none.names_hold = known_.store_name(parent, name, missing, reply->at, reply->watched);
    co_return none;
  }
  if (!reply->attr) co_return fail(Code::protocol, {}, "a node without attributes");
  co_return adopt(parent, name, reply->node, *reply->attr, reply->at, reply->watched);
}

Task<Result<Entry>> Tree::lookup(Node parent, std::string name, MaybeCaller as, bool anew) {
  // Not merely missing, whatever is known of the directory.
  if (name.size() > limits::name_bytes) co_return fail_errno(ENAMETOOLONG, name);
  const bool offline = !session_.connected();
  const auto now = offline ? Clock::time_point::min() : Clock::now();
  const auto found = anew && !offline ? std::nullopt : known_.names().find(parent, name, now);
  const bool watched = known_.is_watched(parent);
  if (found == missing && (offline || !known_.is_lively(parent))) {
    co_return Entry{missing, {}, known_.missing_holds(parent), {}};
  }
  if (found && found != missing) {
    if (auto held = known_.attributes(*found, offline)) {
      known_.nodes().hold(*found);
      co_return Entry{*found, held->attr, watched ? Clock::duration(60s) : Clock::duration(1s), held->left};
    }
  } else if (!anew && !known_.is_lively(parent) && ++known_.names().misses(parent) == misses_before_listing) {
    net::spawn(session_.executor(), list(alive_, this, parent, as));
  }
  fs::Lookup request{0, Name{name}, anew, as};
  auto reply = co_await call(request, {parent, &fs::Lookup::parent});
  co_return co_await entry_of(parent, name, reply);
}

Task<Result<MetadataCache::Known>> Tree::getattr(Node node) {
  if (auto held = known_.attributes(node, !session_.connected())) co_return *held;
  fs::Getattr request;
  const auto reply = co_await call(request, {node, &fs::Getattr::node});
  if (!reply) co_return std::unexpected(reply.error());
  if (S_ISDIR(reply->attr.mode)) known_.watched(node, reply->watched);
  co_return known_.newest(node, reply->attr, reply->at, reply->watched);
}

Task<Result<void>> Tree::access(Node node, std::uint32_t mask, MaybeCaller as) {
  fs::CheckAccess request{0, mask, as};
  const auto reply = co_await call(request, {node, &fs::CheckAccess::node});
  if (!reply) co_return std::unexpected(reply.error());
  co_return Result<void>();
}

Task<Result<std::string>> Tree::readlink(Node node, MaybeCaller as) {
  fs::Readlink request{0, as};
  auto reply = co_await call(request, {node, &fs::Readlink::node});
  if (!reply) co_return std::unexpected(reply.error());
  if (reply->target.bytes.find('\0') != std::string::npos) co_return fail(Code::protocol, {}, "a target with a NUL");
  co_return std::move(reply->target.bytes);
}

// Other file systems may be mounted anywhere in the share: each node has its own.
Task<Result<fs::StatfsReply>> Tree::statfs(Node node) {
  const KnownSpace* known = spaces_.find(node);
  if (known && Clock::now() < known->until) co_return known->space;
  if (!session_.connected()) {
    if (const auto remembered = remembered_space(node)) co_return *remembered;
  }
  fs::Statfs request;
  const auto reply = co_await call(request, {node, &fs::Statfs::node});
  if (reply) spaces_.put(node, {*reply, Clock::now() + space_holds});
  if (!reply && !session_.connected()) {
    if (const auto remembered = remembered_space(node)) co_return *remembered;
  }
  co_return reply;
}

// For when the server cannot be asked: what was told last, of the node or of what it is in.
std::optional<fs::StatfsReply> Tree::remembered_space(Node node) {
  while (true) {
    if (const KnownSpace* known = spaces_.find(node)) return known->space;
    const auto place = known_.nodes().place(node);
    if (!place) return std::nullopt;
    node = place->parent;
  }
}

// ---- listing

Task<Result<fs::ReaddirReply>> Tree::readdir(Node directory, std::int64_t cookie, MaybeCaller as) {
  if (cookie == 0 && !session_.connected()) {
    auto page = remembered_page(known_, directory);
    if (page) {
      for (const Node node : page->nodes) known_.nodes().hold(node);
      co_return std::move(*page);
    }
  }
  // What it stood for is known no more.
  if (is_remembered_cookie(cookie)) co_return fail_errno(EIO, {});
  fs::Readdir request{0, cookie, 0, true, as};
  auto reply = co_await call(request, {directory, &fs::Readdir::node});
  if (!reply) co_return reply;
  if (auto whole = check(*reply); !whole) co_return std::unexpected(whole.error());
  // What something has overtaken may name what is gone, and not what is there.
  const bool overtaken = known_.is_old(directory, reply->at);
  if (cookie == 0) {
    if (!overtaken) known_.names().begin_listing(directory);
    ahead_.begin_listing(directory);
    directories_ahead_.begin_listing(directory);
  }
  // From now on its own attributes hold for as long as those of what is in it.
  if (reply->watched && !known_.is_watched(directory))
    net::spawn(session_.executor(), refresh(alive_, this, directory));
  known_.watched(directory, reply->watched);
  const bool continues = !overtaken && known_.names().continues_listing(directory, cookie);
  for (std::size_t i = 0; i < reply->names.size(); ++i) {
    if (reply->nodes[i] == 0) continue;
    const fs::Attr attr = attr_at(*reply, i);
    const Node node = MetadataCache::local(reply->nodes[i], session_.epoch());
    reply->nodes[i] = node;
    known_.found(node, directory, reply->names[i].bytes, attr);
    if (S_ISREG(attr.mode)) ahead_.listed(directory, reply->names[i].bytes, node);
    if (S_ISDIR(attr.mode)) directories_ahead_.listed(directory, reply->names[i].bytes, node);
    adopt_attr(node, attr, reply->at, reply->watched);
    if (!overtaken) known_.store_name(directory, reply->names[i].bytes, node, reply->at, reply->watched);
  }
  if (continues && reply->more) known_.names().listed_to(directory, reply->cookies.back());
  if (continues && !reply->more && reply->watched) known_.listed_whole(directory);
  co_return reply;
}

void Tree::release_page(const std::vector<Node>& nodes) {
  for (const Node node : nodes) {
    if (node != missing) known_.nodes().release(node);
  }
}

Task<void> Tree::refresh(std::shared_ptr<bool> alive, Tree* tree, Node directory) {
  if (!*alive) co_return;
  fs::Getattr request;
  const auto reply = co_await tree->call(request, {directory, &fs::Getattr::node});
  if (reply && *alive) tree->adopt_attr(directory, reply->attr, reply->at, reply->watched);
}

Task<void> Tree::list(std::shared_ptr<bool> alive, Tree* tree, Node directory, MaybeCaller as) {
  std::int64_t cookie = 0;
  for (std::size_t listed = 0; *alive && listed < max_listed;) {
    const auto page = co_await tree->readdir(directory, cookie, as);
    if (!page || !*alive) co_return;
    tree->release_page(page->nodes);
    if (!page->more) co_return;
    listed += page->names.size();
    cookie = page->cookies.back();
  }
}

void Tree::give_back() {
  while (known_.nodes().has_forgotten()) {
    fs::Forget request;
    for (const auto& [node, count] : known_.nodes().take_forgotten(forgotten_at_once)) {
      known_.erase(node);
      known_.watched(node, false);
      moved_.erase(node);
      if (MetadataCache::epoch_of(node) != session_.epoch() || count == 0) continue;
      request.nodes.push_back(MetadataCache::remote_of(node));
      request.counts.push_back(count);
    }
    if (!request.nodes.empty()) net::spawn(session_.executor(), send_forget(&session_, std::move(request)));
  }
}

Task<void> Tree::send_forget(client::MountSession* session, fs::Forget request) {
  const std::uint64_t epoch = session->epoch();
  (void)co_await session->call(request, epoch, client::MountSession::WaitLimit::lifelong, client::Flush::soon);
}

}  // namespace dftp::mount
