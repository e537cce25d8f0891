#include <algorithm>
#include <cerrno>

#include "fuse/operations_request.h"

namespace dftp::mount {
namespace {

// Places of "." and "..", which the server does not send. Cookies of file systems are small numbers or hashes of names,
// and those of remembered pages are below.
constexpr std::int64_t behind_dot = (std::int64_t{1} << 62) + (std::int64_t{1} << 40), behind_dot_dot = behind_dot + 1;
// The C library leaves out what has the number 0. This one is the kernel's own for a file whose number is not known.
constexpr std::uint64_t unknown_inode = 0xffffffff;

struct Listed {
  std::string buffer;
  std::vector<Node> nodes;  // that the kernel gets to know by it
};

using DirectoryPointer = std::shared_ptr<OpenDirectory>;

// Adds entries to a buffer of the kernel's until it is full.
class OpenListing {
 public:
  OpenListing(Filesystem& filesystem, std::size_t room, bool plus)
      : filesystem_(filesystem), room_(room), plus_(plus) {}

  // False: there was no room for it.
  bool add(const std::string& name, std::int64_t place, const Entry& entry) {
    auto parameters = entry_of(filesystem_, entry);
    parameters.attr.st_mode = entry.attr.mode;
    parameters.attr.st_ino = entry.attr.inode ? entry.attr.inode : unknown_inode;
    char* at = listed_.buffer.data() + used_;
    const std::size_t room = room_ - used_;
    const std::size_t size = plus_ ? fuse_add_direntry_plus(nullptr, at, room, name.c_str(), &parameters, place)
                                   : fuse_add_direntry(nullptr, at, room, name.c_str(), &parameters.attr, place);
    if (size > room) return false;
    used_ += size;
    if (plus_ && entry.node != missing) {
      filesystem_.tree().known().nodes().hold(entry.node);
      listed_.nodes.push_back(entry.node);
    }
    return true;
  }
  Listed take() {
    listed_.buffer.resize(used_);
    return std::move(listed_);
  }
  bool empty() const { return used_ == 0; }

 private:
  Filesystem& filesystem_;
  const std::size_t room_;
  const bool plus_;
  std::size_t used_ = 0;
  Listed listed_{std::string(room_, '\0'), {}};
};

// What stands under the name of a directory that is another one's by now.
Task<Result<Node>> successor(Tree& tree, Node directory, MaybeCaller as) {
  const auto place = tree.known().nodes().place(directory);
  if (!place) co_return fail_errno(ESTALE, {});
  auto entry = co_await tree.lookup(place->parent, place->name, as, true);
  if (!entry && client::is_stale(entry.error())) {
    const auto parent = co_await successor(tree, place->parent, as);
    if (!parent) co_return std::unexpected(parent.error());
    entry = co_await tree.lookup(*parent, place->name, as, true);
    tree.release_page({*parent});
  }
  if (!entry) co_return std::unexpected(entry.error());
  if (entry->node == missing) co_return fail_errno(ENOENT, place->name);
  if (S_ISDIR(entry->attr.mode)) co_return entry->node;
  tree.release_page({entry->node});
  co_return fail_errno(ENOTDIR, place->name);
}

Task<Result<fs::ReaddirReply>> first_page(Filesystem& filesystem, DirectoryPointer directory, MaybeCaller as) {
  auto page = co_await filesystem.list_ahead().first_page(directory->node, as);
  if (page || !client::is_stale(page.error())) co_return page;
  const auto node = co_await successor(filesystem.tree(), directory->node, as);
  if (!node) co_return std::unexpected(node.error());
  filesystem.tree().release_page({std::exchange(directory->instead, *node)});
  directory->node = *node;
  co_return co_await filesystem.tree().readdir(*node, 0, as);
}

Task<Result<void>> load(Filesystem& filesystem, DirectoryPointer directory, std::int64_t cookie, MaybeCaller as) {
  Tree& tree = filesystem.tree();
  Result<fs::ReaddirReply> page;
  if (cookie == 0) {
    page = co_await first_page(filesystem, directory, as);
  } else {
    page = co_await tree.readdir(directory->node, cookie, as);
  }
  if (!page) co_return std::unexpected(page.error());
  tree.release_page(directory->page.nodes);
  directory->page = std::move(*page);
  directory->begin = cookie;
  directory->loaded = true;
  co_return Result<void>();
}

// Where in the page what comes behind `cookie` begins; nullopt: in another page.
std::optional<std::size_t> position_in(const OpenDirectory& directory, std::int64_t cookie) {
  if (!directory.loaded) return std::nullopt;
  if (cookie == directory.begin) return 0;
  const auto found = std::ranges::find(directory.page.cookies, cookie);
  if (found == directory.page.cookies.end()) return std::nullopt;
  return static_cast<std::size_t>(found - directory.page.cookies.begin()) + 1;
}

// Whatever has become of it since, it is listed. The kernel gets to know a node only where its name and its attributes
// still hold; else it will look the name up.
Entry entry_at(Filesystem& filesystem, const OpenDirectory& directory, std::size_t i) {
  const auto& page = directory.page;
  Entry entry;
  entry.attr.inode = page.inodes[i];
  entry.attr.mode = page.modes[i];
  const Node node = page.nodes[i];
  MetadataCache& known = filesystem.tree().known();
  const auto named = known.names().find(directory.node, page.names[i].bytes, Clock::time_point::min());
  const auto held = node != missing && named == node ? known.attributes(node, true) : std::nullopt;
  if (!held) return entry;
  entry.node = node;
  entry.attr = held->attr;
  entry.attributes_hold = held->left;
  entry.names_hold = page.watched ? Clock::duration(std::chrono::seconds(60)) : std::chrono::seconds(1);
  return entry;
}

// "." or "..": not handed out either.
Entry dot_entry(MetadataCache& known, Node node) {
  Entry entry;
  entry.attr.mode = S_IFDIR;
  if (const auto held = known.attributes(node, true)) entry.attr.inode = held->attr.inode;
  return entry;
}

Node parent_of(MetadataCache& known, Node directory) {
  const auto place = known.nodes().place(directory);
  return place ? place->parent : directory;
}

Task<Result<Listed>> list(Filesystem& filesystem, DirectoryPointer directory, std::int64_t place, std::size_t room,
                          bool plus, MaybeCaller as) {
  OpenListing listing(filesystem, room, plus);
  MetadataCache& known = filesystem.tree().known();
  const Node above = parent_of(known, directory->node);
  if (place == 0 && listing.add(".", behind_dot, dot_entry(known, directory->node))) place = behind_dot;
  if (place == behind_dot && listing.add("..", behind_dot_dot, dot_entry(known, above))) place = behind_dot_dot;
  if (place == 0 || place == behind_dot) co_return listing.take();
  std::int64_t cookie = place == behind_dot_dot ? 0 : place;
  // Whoever reads from the beginning wants to see what there is now.
  if (cookie == 0) directory->loaded = false;
  while (true) {
    auto position = position_in(*directory, cookie);
    const bool ended = position && *position == directory->page.names.size();
    if (ended && !directory->page.more) break;
    if (!position || ended) {
      if (auto loaded = co_await load(filesystem, directory, cookie, as); !loaded) {
        if (listing.empty()) co_return std::unexpected(loaded.error());
        break;
      }
      continue;
    }
    for (; *position < directory->page.names.size(); ++*position) {
      const Entry entry = entry_at(filesystem, *directory, *position);
      const std::int64_t next = directory->page.cookies[*position];
      if (!listing.add(directory->page.names[*position].bytes, next, entry)) co_return listing.take();
      cookie = next;
    }
    // What comes next is a request of its own: the kernel has something to do meanwhile.
    if (directory->page.more) break;
  }
  co_return listing.take();
}

void send_listed(Request& request, Listed& listed) {
  const bool taken =
      request.answer([&](fuse_req_t to) { return fuse_reply_buf(to, listed.buffer.data(), listed.buffer.size()); });
  if (!taken) request.filesystem().tree().release_page(listed.nodes);
}

void readdir(fuse_req_t to, std::size_t size, off_t place, std::uint64_t id, bool plus) {
  Served& at = served(to);
  const auto found = at.directories.find(id);
  const auto request = begin(to);
  if (found == at.directories.end()) return request->fail(EBADF);
  start(request, list(request->filesystem(), found->second, place, size, plus, request->caller()), send_listed);
}

void readdir(fuse_req_t to, fuse_ino_t, std::size_t size, off_t place, fuse_file_info* info) {
  readdir(to, size, place, info->fh, false);
}

void readdirplus(fuse_req_t to, fuse_ino_t, std::size_t size, off_t place, fuse_file_info* info) {
  readdir(to, size, place, info->fh, true);
}

void opendir(fuse_req_t to, fuse_ino_t node, fuse_file_info* info) {
  Served& at = served(to);
  auto directory = std::make_shared<OpenDirectory>();
  directory->node = node;
  const std::uint64_t id = ++at.last_directory;
  at.directories.emplace(id, std::move(directory));
  info->fh = id;
  info->cache_readdir = true;
  // What the kernel remembers of a listing holds for as long as all the names are known.
  info->keep_cache = at.filesystem.tree().known().names().is_whole(node, Clock::now());
  if (fuse_reply_open(to, info) != 0) at.directories.erase(id);
}

void releasedir(fuse_req_t to, fuse_ino_t, fuse_file_info* info) {
  Served& at = served(to);
  const auto found = at.directories.find(info->fh);
  if (found != at.directories.end()) {
    at.filesystem.tree().release_page(found->second->page.nodes);
    found->second->page.nodes.clear();
    at.filesystem.tree().release_page({std::exchange(found->second->instead, missing)});
    at.directories.erase(found);
  }
  fuse_reply_err(to, 0);
}

Task<Result<void>> sync_directory(Tree& tree, Node node, bool data_only) {
  const auto known = co_await tree.getattr(node);
  if (!known) co_return std::unexpected(known.error());
  const std::uint64_t begun = tree.unsynced().begin();
  fs::Fsync request{0, 0, data_only};
  const auto reply = co_await tree.call(request, {node, &fs::Fsync::node}, {missing, nullptr},
                                        client::MountSession::WaitLimit::endless);
  if (!reply) co_return std::unexpected(reply.error());
  if (!tree.unsynced().synced(known->attr.inode, begun)) co_return fail_errno(EIO, {});
  co_return Result<void>();
}

void fsyncdir(fuse_req_t to, fuse_ino_t node, int data_only, fuse_file_info*) {
  const auto request = begin(to);
  start(request, sync_directory(request->filesystem().tree(), node, data_only));
}

}  // namespace

void add_directories(fuse_lowlevel_ops& table) {
  table.opendir = opendir;
  table.readdir = readdir;
  table.readdirplus = readdirplus;
  table.releasedir = releasedir;
  table.fsyncdir = fsyncdir;
}

}  // namespace dftp::mount
