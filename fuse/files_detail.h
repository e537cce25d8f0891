// Inside of Files: what its parts share.
#pragma once

#include <fcntl.h>

#include <cerrno>

#include "fuse/ahead.h"
#include "fuse/files.h"
#include "fuse/held_locks.h"
#include "fuse/write_error.h"

namespace dftp::mount {

// Of open(2) in the kernel (__FMODE_EXEC): for execve(2).
constexpr int exec_flag = 0x20;
constexpr std::uint32_t set_id_bits = 06000;  // of a mode

// One file that is open at least once.
struct Files::File {
  File(Node of, std::size_t piece, net::Executor executor) : node(of), dirty(piece), changed(std::move(executor)) {}

  const Node node;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;         // as far as this mount knows, with what it has not written yet
  std::uint64_t remote_size = 0;  // without it
  std::set<HandlePointer> handles;
  WriteBehind dirty;
  std::uint64_t writes = 0;  // so many times
  bool draining = false;     // somebody waits: nothing is held back
  bool timer = false;
  bool plain = false;   // the server has told, by this file's opening or a write, that it has no set-id bits
  net::Signal changed;  // of dirty
  HeldLocks locks;
  // Owners of locks of whom it is not known what they have at the server, with a handle to ask through.
  std::map<HeldLocks::Owner, HandlePointer> owed_locks;
  bool paying_locks = false;  // nobody asks for a lock meanwhile
};

struct Files::Handle {
  std::uint64_t id = 0;
  FilePointer file;
  int flags = 0;
  std::uint64_t remote = 0, epoch = 0;
  WriteError error;
  bool lost_locks = false;  // it had some that the server does not have any more
  std::set<std::uint64_t> lock_owners;
  ReadAhead reader;
  std::map<std::uint64_t, PiecePointer> pieces;  // by offset; they do not overlap
  Clock::time_point used = Clock::now();
  bool reopening = false;
  bool locked = false;  // ever
  bool direct = false;
  MaybeCaller as;     // who opened it
  std::string first;  // the bytes that came with it

  bool writes() const { return (flags & O_ACCMODE) != O_RDONLY; }
  bool appends() const { return flags & O_APPEND; }
  // Mapped, a file is in the kernel's cache although this handle goes past it.
  bool may_be_mapped() const { return direct && (file->handles.size() > 1 || (flags & O_ACCMODE) != O_WRONLY); }
  bool executes() const { return flags & exec_flag; }
};

// Files with handles at the server that nobody has here any more, and how many.
struct Files::ClosingFiles {
  explicit ClosingFiles(net::Executor executor) : fewer(std::move(executor)) {}
  std::unordered_map<Node, std::size_t> handles;
  net::Signal fewer;
};

// One of them, until the server has closed it.
class Files::Closing {
 public:
  Closing(std::shared_ptr<ClosingFiles> files, Node node) : files_(std::move(files)), node_(node) {
    ++files_->handles[node_];
  }
  ~Closing() {
    if (--files_->handles[node_] == 0) files_->handles.erase(node_);
    files_->fewer.notify_all();
  }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;

 private:
  const std::shared_ptr<ClosingFiles> files_;
  const Node node_;
};

// A handle at the server that nobody has here.
struct Files::Parked : Ahead<fs::OpenReply> {
  using Ahead::Ahead;

  std::uint64_t epoch = 0;
  bool same = false;  // what the kernel has of the content still holds
};

// A range that was asked for, or has come.
struct Files::Piece {
  Piece(std::uint64_t begins, std::uint64_t bytes, net::Executor executor)
      : offset(begins), size(bytes), arrived(std::move(executor)) {}

  const std::uint64_t offset, size;
  std::optional<Result<client::SharedBuffer>> data;  // shorter than `size`: the file ends there
  std::uint64_t taken = 0;                           // bytes that a reader has got
  net::Signal arrived;

  std::uint64_t end() const { return offset + size; }
};

// What would do harm if it was carried out twice, once by a server that died before it said so.
template <class Request>
bool may_repeat(const Request&) {
  return true;
}
inline bool may_repeat(const fs::Fallocate& request) {
  return request.mode != fs::AllocateMode::collapse && request.mode != fs::AllocateMode::insert;
}

template <class Request>
Task<Result<client::ReplyTo<Request>>> Files::through(HandlePointer handle, Request request,
                                                      client::MountSession::WaitLimit wait_limit, LockWait wait) {
  while (true) {
    if (auto usable = co_await make_usable(handle); !usable) co_return std::unexpected(usable.error());
    request.handle = handle->remote;
    const std::uint64_t epoch = handle->epoch;
    auto reply = co_await session_.call(request, epoch, wait_limit, client::Flush::now, wait);
    if (reply || !client::is_stale(reply.error()) || epoch == session_.epoch()) co_return reply;
    if (!may_repeat(request)) co_return fail_errno(EIO, {});
  }
}

}  // namespace dftp::mount
