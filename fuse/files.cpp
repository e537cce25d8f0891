#include "fuse/files.h"

#include <algorithm>
#include <cerrno>

#include "fuse/files_detail.h"
#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

constexpr auto idle = 10s;
// As long as a file stays open there that nobody has open, its file system cannot be unmounted.
constexpr auto parked_kept = 2s;
// Descriptors of the server's, which has 16,384 for a mount.
constexpr std::size_t max_parked = 2048;
constexpr int kept_flags = O_ACCMODE | O_APPEND | O_SYNC | O_DSYNC | O_DIRECT | exec_flag;

}  // namespace

Files::Files(Tree& tree, std::uint64_t memory)
    : tree_(tree),
      session_(tree.session()),
      max_unwritten_(memory / 2),
      max_ahead_(memory / 2),
      less_unwritten_(tree.session().executor()),
      fewer_lock_waits_(tree.session().executor()),
      closing_(std::make_shared<ClosingFiles>(tree.session().executor())),
      parked_(max_parked, [this](const Node& node, ParkedPointer& parked) {
        if (!parked->taken) dropped(node, parked);
      }) {}

Files::~Files() = default;

Result<Files::HandlePointer> Files::find(std::uint64_t id) const {
  const auto found = handles_.find(id);
  if (found == handles_.end()) return fail_errno(EBADF, {});
  return found->second;
}

Files::FilePointer Files::file_of(Node node) {
  FilePointer& file = files_[node];
  if (!file) file = std::make_shared<File>(node, session_.granted().io_bytes, session_.executor());
  return file;
}

// ---- opening and closing

// Whoever opens a file sees what was written by all who have closed it before, so the server is asked each time.
Task<Result<Opened>> Files::open(Node node, int flags, MaybeCaller as, bool anew) {
  const bool truncates = flags & O_TRUNC;
  const bool reads = (flags & O_ACCMODE) == O_RDONLY && !(flags & (O_TRUNC | O_DIRECT));
  if (reads && trusts_) {
    open_ahead(node, as);
    if (const auto parked = co_await take_parked(node, as)) {
      const auto handle = add(node, flags, parked->reply, parked->epoch);
      handle->as = as;
      co_return opened(*handle, parked->same);
    }
  }
  const auto file_before = files_.find(node);
  const bool open_before = file_before != files_.end();
  const bool unsent = open_before && !file_before->second->dirty.empty();
  if (truncates) {
    co_await settle(node);
    forget_read(node);
  }
  fs::Open request;
  request.truncate = truncates;
  request.named = !anew;
  request.as = as;
  Handle like;
  like.flags = flags;
  request.access = access_of(like);
  if (request.access != fs::Access::write && !truncates) request.first = limits::mount_inline_bytes;
  const std::uint64_t writes = writes_to(node);
  auto reply = co_await tree_.call(request, {node, &fs::Open::node});
  if (!reply) co_return std::unexpected(reply.error());
  if (truncates) {
    tree_.unsynced().changed(reply->attr.inode);
    forget_read(node);  // what was read or opened ahead meanwhile
  }
  MetadataCache& known = tree_.known();
  const bool outdated = known.is_old(node, reply->at);
  if (unsent || outdated || writes != writes_to(node)) reply->data.bytes.clear();
  const auto before = known.is_in_step(node) ? known.attributes(node, true) : std::nullopt;
  const bool same = before && before->attr.size == reply->attr.size && before->attr.mtime == reply->attr.mtime &&
                    before->attr.ctime == reply->attr.ctime;
  // Before there is a handle, whose bytes are new.
  tree_.adopt_attr(node, reply->attr, reply->at, reply->watched, truncates);
  if (const auto newest = known.attributes(node, false)) reply->attr = newest->attr;
  const bool keeps = !truncates && !outdated && (same || open_before);
  if (!outdated) known.opened(node);
  const auto handle = add(node, flags, *reply, session_.epoch(), truncates);
  handle->as = std::move(as);
  if (truncates) known.lost_set_ids(node);
  // What was said of the file must have come to the kernel. While it cuts a file it may wait for this answer itself.
  if (!truncates) co_await known.kernel_knows(session_.executor());
  co_return opened(*handle, keeps);
}

Task<Result<Created>> Files::create(Node parent, fs::Create request, int flags) {
  Handle like;
  like.flags = flags;
  request.access = access_of(like);
  request.exclusive = flags & O_EXCL;
  request.truncate = flags & O_TRUNC;
  const auto reply = co_await tree_.call(request, {parent, &fs::Create::parent});
  if (!reply) co_return std::unexpected(reply.error());
  const bool watched = tree_.known().is_watched(parent);
  if (reply->parent) tree_.adopt_own(parent, *reply->parent, reply->at, watched);
  const Entry entry = tree_.adopt(parent, request.name.bytes, reply->node, reply->attr, reply->at, watched);
  if (reply->made) {
    tree_.known().store_made(entry.node);
    tree_.unsynced().made(reply->attr.inode);
  }
  if (request.truncate) {
    tree_.unsynced().changed(reply->attr.inode);
    forget_read(entry.node);
  }
  const auto handle = add(entry.node, flags, *reply, session_.epoch(), reply->made || request.truncate);
  co_return Created{entry, opened(*handle, false)};
}

fs::Access Files::access_of(const Handle& handle) const {
  const int mode = handle.flags & O_ACCMODE;
  if (handle.executes()) return fs::Access::execute;
  return mode == O_RDONLY ? fs::Access::read : mode == O_WRONLY ? fs::Access::write : fs::Access::both;
}

// Changes when something was written to the file.
std::uint64_t Files::writes_to(Node node) const {
  const auto found = files_.find(node);
  return closed_writes_ + (found == files_.end() ? 0 : found->second->writes);
}

Opened Files::opened(Handle& handle, bool keep_pages) {
  Opened opened{handle.id, handle.file->node, keep_pages, handle.direct};
  const bool alone = handle.file->handles.size() == 1;
  const bool whole = !handle.first.empty() && !handle.pieces.empty();
  if (!keep_pages || !alone || !whole || handle.direct || handle.flags & O_DIRECT) return opened;
  opened.content = **handle.pieces.begin()->second->data;
  drop(handle, 0, UINT64_MAX);  // what the kernel does not take it will ask for
  return opened;
}

// What only writes to an empty file gains nothing by the kernel's cache, which costs it a copy and a request. What is
// appended would be cut at the ends of pages: direct, one write(2) is one request. Whoever opens the file meanwhile
// must not read from there either what the other one changes.
bool Files::is_to_be_direct(const Handle& handle, bool emptied) const {
  const auto& others = handle.file->handles;
  const auto writes_direct = [](const HandlePointer& other) { return other->direct && other->writes(); };
  if (std::ranges::any_of(others, writes_direct)) return true;
  const bool fills = (handle.flags & O_ACCMODE) == O_WRONLY && emptied && others.empty();
  return may_be_direct_ && handle.writes() && (handle.appends() || fills);
}

Files::HandlePointer Files::add(Node node, int flags, const fs::OpenReply& reply, std::uint64_t epoch, bool emptied) {
  const FilePointer file = file_of(node);
  file->inode = reply.attr.inode;
  file->plain = !(reply.attr.mode & set_id_bits);
  file->remote_size = reply.attr.size;
  file->size = std::max(reply.attr.size, file->dirty.end());
  const auto handle = std::make_shared<Handle>();
  handle->id = ++last_id_;
  handle->file = file;
  handle->flags = flags & kept_flags;
  handle->remote = reply.handle;
  handle->epoch = epoch;
  handle->direct = is_to_be_direct(*handle, emptied);
  file->handles.insert(handle);
  handles_.emplace(handle->id, handle);
  const std::string& first = reply.data.bytes;
  const bool whole = first.size() == reply.attr.size;
  // Small files are often opened again.
  if (whole && file->dirty.empty()) handle->first = first;
  if (!first.empty() && file->dirty.empty()) {
    const auto buffer = std::make_shared<client::Buffer>(first.size());
    buffer->append(as_bytes(first));
    // What is behind a whole file is known as well: nothing.
    const std::uint64_t size = whole ? std::max<std::uint64_t>(limits::mount_io_bytes, first.size()) : first.size();
    const auto piece = std::make_shared<Piece>(0, size, session_.executor());
    piece->data = buffer;
    ahead_ += size;
    handle->pieces.emplace(0, piece);
  }
  return handle;
}

Task<Result<void>> Files::make_usable(HandlePointer handle) {
  if (handle->lost_locks) co_return fail_errno(EIO, {});
  while (handle->epoch != session_.epoch() || handle->reopening) {
    if (!handle->lock_owners.empty() && handle->epoch != session_.epoch()) {
      handle->lost_locks = true;
      handle->file->locks.clear();
      co_return fail_errno(EIO, {});
    }
    if (handle->reopening) {
      co_await handle->file->changed.wait_for(1s);
      continue;
    }
    handle->reopening = true;
    auto opened = co_await reopen(handle);
    handle->reopening = false;
    handle->file->changed.notify_all();
    if (!opened && session_.epoch() == handle->epoch) co_return opened;
    if (!opened && !client::is_stale(opened.error())) co_return opened;
    if (!opened) co_return fail_errno(EIO, {});
  }
  co_return Result<void>();
}

Task<Result<void>> Files::reopen(HandlePointer handle) {
  fs::Open request;
  request.access = access_of(*handle);
  const auto reply = co_await tree_.call(request, {handle->file->node, &fs::Open::node});
  if (!reply) co_return std::unexpected(reply.error());
  const std::uint64_t epoch = session_.epoch();
  if (reply->attr.inode != handle->file->inode) {
    const auto closing = std::make_shared<Closing>(closing_, handle->file->node);
    net::spawn(session_.executor(), let_go(&session_, reply->handle, epoch, closing));
    co_return fail_errno(ESTALE, {});
  }
  handle->remote = reply->handle;
  handle->epoch = epoch;
  co_return Result<void>();
}

Task<Result<void>> Files::release(std::uint64_t id) {
  const auto found = find(id);
  if (!found) co_return std::unexpected(found.error());
  const HandlePointer handle = *found;
  const FilePointer file = handle->file;
  const Closing closing(closing_, file->node);
  if (file->dirty.has(id)) co_await drain(file);
  auto result = handle->error.take();
  handles_.erase(id);
  drop(*handle, 0, UINT64_MAX);
  file->handles.erase(handle);
  forget_locks(*handle);
  if (file->handles.empty() && file->dirty.empty()) {
    closed_writes_ += file->writes;
    files_.erase(file->node);
  }
  if (may_park(*handle)) {
    park(handle);
  } else if (handle->epoch == session_.epoch()) {
    fs::Release request;
    request.handle = handle->remote;
    // With a lock somebody waits for it.
    const auto flush = handle->locked ? client::Flush::now : client::Flush::soon;
    const auto reply = co_await session_.call(request, handle->epoch, client::MountSession::WaitLimit::lifelong, flush);
    if (reply) tree_.adopt_attr(file->node, reply->attr, reply->at, reply->watched);
  }
  co_return result;
}

// ---- files past their handles

void Files::forget_read(Node node) {
  const auto found = files_.find(node);
  if (found != files_.end()) forget_read(*found->second, 0, UINT64_MAX);
  unpark(node);
}

void Files::forget_read(File& file, std::uint64_t begin, std::uint64_t end) {
  unpark(file.node);
  for (const HandlePointer& handle : file.handles) {
    handle->first.clear();
    drop(*handle, begin, end);
  }
}

std::uint64_t Files::writer_of(std::uint64_t id) const {
  const auto handle = find(id);
  return handle && (*handle)->writes() && (*handle)->epoch == session_.epoch() ? (*handle)->remote : 0;
}

std::uint64_t Files::inode_of(Node node) const {
  const auto found = files_.find(node);
  return found == files_.end() ? 0 : found->second->inode;
}

void Files::resized(Node node, std::uint64_t size) {
  unpark(node);
  const auto found = files_.find(node);
  if (found == files_.end()) return;
  found->second->size = found->second->remote_size = size;
  ++found->second->writes;
  forget_read(*found->second, 0, UINT64_MAX);
}

void Files::sweep() {
  const auto now = Clock::now();
  for (const auto& [id, handle] : handles_) {
    if (now - handle->used > idle) drop(*handle, 0, UINT64_MAX);
  }
  drop_old(parked_, parked_kept);
}

}  // namespace dftp::mount
