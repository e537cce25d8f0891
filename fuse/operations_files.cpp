#include <fcntl.h>
#include <sys/file.h>
#include <sys/uio.h>

#include <climits>

#include "fuse/operations_request.h"

namespace dftp::mount {
namespace {

// A write that fills so much of its request keeps the request's memory; a smaller one is copied.
constexpr std::size_t taken_over = 512 * 1024;

fuse_file_info info_of(const Opened& opened) {
  fuse_file_info info{};
  info.fh = opened.id;
  info.keep_cache = opened.keep_pages;
  info.direct_io = opened.direct;
  return info;
}

Task<void> let_go(Filesystem& filesystem, std::uint64_t id) {
  (void)co_await filesystem.files().release(id);
}

void release_later(Filesystem& filesystem, std::uint64_t id) {
  net::spawn(filesystem.session().executor(), let_go(filesystem, id));
}

void send_opened(Request& request, Opened& opened) {
  const auto info = info_of(opened);
  if (opened.content) request.give_content(opened.node, *opened.content);
  const bool taken = request.answer([&](fuse_req_t to) { return fuse_reply_open(to, &info); });
  if (!taken) release_later(request.filesystem(), opened.id);
}

void open(fuse_req_t to, fuse_ino_t node, fuse_file_info* info) {
  const auto request = begin(to);
  request->is_about("open", node);
  Files& files = request->filesystem().files();
  start(request, files.open(node, info->flags, request->caller(), request->looked_anew()), send_opened);
}

void send_created(Request& request, Created& created) {
  const auto info = info_of(created.opened);
  const auto parameters = entry_of(request.filesystem(), created.entry);
  const bool taken = request.answer([&](fuse_req_t to) { return fuse_reply_create(to, &parameters, &info); });
  if (taken) return;
  release_later(request.filesystem(), created.opened.id);
  request.filesystem().tree().known().nodes().release(created.entry.node);
}

void create(fuse_req_t to, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* info) {
  const auto request = begin(to);
  request->is_about("create", parent, name, info->flags & O_EXCL ? EEXIST : 0);
  fs::Create make;
  make.name.bytes = name;
  make.mode = mode & 07777;
  make.umask = request->umask();
  make.as = request->caller();
  start(request, request->filesystem().files().create(parent, std::move(make), info->flags), send_created);
}

// ---- bytes

void send_slices(Request& request, std::vector<Slice>& slices) {
  std::vector<iovec> pieces;
  for (const Slice& slice : slices) {
    pieces.push_back({slice.buffer->mutable_bytes().data() + slice.offset, slice.size});
  }
  request.answer([&](fuse_req_t to) { return fuse_reply_iov(to, pieces.data(), static_cast<int>(pieces.size())); });
}

void read(fuse_req_t to, fuse_ino_t, std::size_t size, off_t offset, fuse_file_info* info) {
  const auto request = begin(to);
  start(request,
        request->filesystem().files().read(info->fh, static_cast<std::uint64_t>(offset),
                                           static_cast<std::uint32_t>(size)),
        send_slices);
}

// Of mapped pages the kernel passes no flags, and they stand where they stand.
WriteFlags write_flags(const fuse_file_info& info) {
  if (info.writepage) return {};
  return {.append = (info.flags & O_APPEND) != 0, .through = (info.flags & (O_SYNC | O_DSYNC | O_DIRECT)) != 0};
}

Task<Result<std::size_t>> write_all(Files& files, std::uint64_t id, std::uint64_t offset, client::SharedBuffer data,
                                    int flags, WriteFlags how) {
  const std::size_t size = data->size();
  const auto written = co_await files.write(id, offset, data, how);
  if (!written) co_return std::unexpected(written.error());
  if (flags & O_SYNC) {  // has the bit of O_DSYNC
    const bool data_only = (flags & O_SYNC) == O_DSYNC;
    if (const auto synced = co_await files.sync_direct(id, data_only); !synced)
      co_return std::unexpected(synced.error());
  }
  co_return size;
}

void send_count(Request& request, std::size_t& count) {
  request.answer([&](fuse_req_t to) { return fuse_reply_write(to, count); });
}

void write(fuse_req_t to, fuse_ino_t, const char* bytes, std::size_t size, off_t offset, fuse_file_info* info) {
  Served& at = served(to);
  client::SharedBuffer data;
  if (size >= taken_over) {
    data = std::move(at.input);
    const auto* begin = reinterpret_cast<const char*>(data->bytes().data());
    data->narrow(static_cast<std::size_t>(bytes - begin), size);
  } else {
    data = std::make_shared<client::Buffer>(size);
    data->append(as_bytes(std::string_view(bytes, size)));
  }
  const auto request = begin(to);
  start(request,
        write_all(request->filesystem().files(), info->fh, static_cast<std::uint64_t>(offset), std::move(data),
                  info->flags, write_flags(*info)),
        send_count);
}

Task<Result<void>> flush_all(Files& files, std::uint64_t id, std::uint64_t owner) {
  auto flushed = co_await files.flush(id, owner);
  auto unlocked = co_await files.unlock_all(id, owner);
  co_return flushed ? unlocked : flushed;
}

void flush(fuse_req_t to, fuse_ino_t, fuse_file_info* info) {
  const auto request = begin(to);
  start(request, flush_all(request->filesystem().files(), info->fh, info->lock_owner));
}

void release(fuse_req_t to, fuse_ino_t, fuse_file_info* info) {
  const auto request = begin(to);
  start(request, request->filesystem().files().release(info->fh));
}

void fsync(fuse_req_t to, fuse_ino_t, int data_only, fuse_file_info* info) {
  const auto request = begin(to);
  start(request, request->filesystem().files().fsync(info->fh, data_only));
}

// ---- space

std::optional<fs::AllocateMode> allocate_mode(int mode) {
  using enum fs::AllocateMode;
  switch (mode) {
    case 0: return extend;
    case FALLOC_FL_KEEP_SIZE: return keep_size;
    case FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE: return punch;
    case FALLOC_FL_ZERO_RANGE: return zero;
    case FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE: return zero_keep_size;
    case FALLOC_FL_COLLAPSE_RANGE: return collapse;
    case FALLOC_FL_INSERT_RANGE: return insert;
    default: return std::nullopt;
  }
}

void fallocate(fuse_req_t to, fuse_ino_t, int mode, off_t offset, off_t length, fuse_file_info* info) {
  const auto request = begin(to);
  const auto known = allocate_mode(mode);
  if (!known) return request->fail(EOPNOTSUPP);
  fs::Fallocate change;
  change.mode = *known;
  change.offset = static_cast<std::uint64_t>(offset);
  change.length = static_cast<std::uint64_t>(length);
  start(request, request->filesystem().files().fallocate(info->fh, std::move(change)));
}

void send_offset(Request& request, std::uint64_t& offset) {
  request.answer([&](fuse_req_t to) { return fuse_reply_lseek(to, static_cast<off_t>(offset)); });
}

void lseek(fuse_req_t to, fuse_ino_t, off_t offset, int whence, fuse_file_info* info) {
  const auto request = begin(to);
  if (whence != SEEK_DATA && whence != SEEK_HOLE) return request->fail(EINVAL);
  const auto what = whence == SEEK_DATA ? fs::SeekFor::data : fs::SeekFor::hole;
  start(request, request->filesystem().files().seek(info->fh, what, static_cast<std::uint64_t>(offset)), send_offset);
}

void copy_file_range(fuse_req_t to, fuse_ino_t, off_t offset, fuse_file_info* info, fuse_ino_t, off_t to_offset,
                     fuse_file_info* to_info, std::size_t length, int) {
  const auto request = begin(to);
  start(request,
        request->filesystem().files().copy(info->fh, static_cast<std::uint64_t>(offset), to_info->fh,
                                           static_cast<std::uint64_t>(to_offset), length),
        send_count);
}

// ---- locks

LockRequest range_of(const struct flock& lock) {
  const auto type = lock.l_type == F_RDLCK   ? fs::LockType::read
                    : lock.l_type == F_WRLCK ? fs::LockType::write
                                             : fs::LockType::unlock;
  return {fs::LockKind::posix, type, static_cast<std::uint64_t>(lock.l_start), static_cast<std::uint64_t>(lock.l_len),
          static_cast<std::uint32_t>(lock.l_pid)};
}

void send_lock(Request& request, fs::GetLockReply& reply) {
  struct flock lock{};
  lock.l_type = reply.type == fs::LockType::read ? F_RDLCK : reply.type == fs::LockType::write ? F_WRLCK : F_UNLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(reply.start);
  lock.l_len = static_cast<off_t>(reply.length);
  lock.l_pid = static_cast<pid_t>(reply.pid);
  request.answer([&](fuse_req_t to) { return fuse_reply_lock(to, &lock); });
}

Task<void> take_lock(RequestPointer request, std::uint64_t id, std::uint64_t owner, LockRequest range) {
  Files& files = request->filesystem().files();
  const auto locked = co_await files.lock(id, owner, range, request->wait);
  if (!locked) co_return send_error(request, locked.error());
  const bool taken = request->answer([](fuse_req_t to) { return fuse_reply_err(to, 0); });
  files.granted(id, owner, range, taken);
}

void start_lock(const RequestPointer& request, const fuse_file_info& info, const LockRequest& range) {
  net::spawn(request->filesystem().session().executor(), take_lock(request, info.fh, info.lock_owner, range));
}

void getlk(fuse_req_t to, fuse_ino_t, fuse_file_info* info, struct flock* lock) {
  const auto request = begin(to);
  start(request, request->filesystem().files().get_lock(info->fh, info->lock_owner, range_of(*lock)), send_lock);
}

void setlk(fuse_req_t to, fuse_ino_t, fuse_file_info* info, struct flock* lock, int sleep) {
  const auto request = begin(to);
  const LockRequest range = range_of(*lock);
  if (sleep && range.type != fs::LockType::unlock) request->wait = std::make_shared<client::Running>();
  start_lock(request, *info, range);
}

void flock_file(fuse_req_t to, fuse_ino_t, fuse_file_info* info, int operation) {
  const auto request = begin(to);
  const int kind = operation & ~LOCK_NB;
  const auto type = kind == LOCK_SH ? fs::LockType::read : kind == LOCK_EX ? fs::LockType::write : fs::LockType::unlock;
  const LockRequest range{fs::LockKind::flock, type, 0, 0, 0};
  if (!(operation & LOCK_NB) && type != fs::LockType::unlock) request->wait = std::make_shared<client::Running>();
  start_lock(request, *info, range);
}

}  // namespace

void add_files(fuse_lowlevel_ops& table) {
  table.open = open;
  table.create = create;
  table.read = read;
  table.write = write;
  table.flush = flush;
  table.release = release;
  table.fsync = fsync;
  table.fallocate = fallocate;
  table.lseek = lseek;
  table.copy_file_range = copy_file_range;
  table.getlk = getlk;
  table.setlk = setlk;
  table.flock = flock_file;
}

}  // namespace dftp::mount
