// Open files: reads ahead of programs, writes behind them. What was written is at the server when flush() or release()
// say so, and durable when fsync() does; whoever asks for attributes or reads elsewhere sees what was written before.
// Belongs to one loop.
#pragma once

#include <map>
#include <set>

#include "fuse/read_ahead.h"
#include "fuse/tree.h"
#include "fuse/write_behind.h"

namespace dftp::mount {

// What programs wrote, or what was read for them: the bytes of one read, piece by piece.
struct Slice {
  client::SharedBuffer buffer;
  std::size_t offset, size;
};

struct Opened {
  std::uint64_t id = 0;  // of the handle
  Node node = missing;
  bool keep_pages = false;  // what the kernel has of the file still holds
  bool direct = false;      // past the kernel's page cache
  // All of the file, when nobody else has it open: the kernel may have it before it asks. Elsewhere it could be waiting
  // for these very pages.
  client::SharedBuffer content = nullptr;
};

struct Created {
  Entry entry;
  Opened opened;
};

// Of a lock that is waited for.
using LockWait = std::shared_ptr<client::Running>;

// What counts for one write: fcntl(2) may have changed it since the open, and a mapped page knows nothing of it.
struct WriteFlags {
  bool append = false;
  bool through = false;  // answered when the server has it
};

// As fcntl(2) has it, half-open at the end: a length of 0 goes to the end of the file.
struct LockRequest {
  fs::LockKind kind;
  fs::LockType type;
  std::uint64_t start, length;
  std::uint32_t pid;
};

class Files {
 public:
  // `memory`: bytes for both directions together.
  Files(Tree& tree, std::uint64_t memory);
  ~Files();

  // The kernel maps also what is opened direct, so it may be: docs/decisions/0013. Before anything is opened.
  void allow_direct() { may_be_direct_ = true; }

  // Files that are known are opened without asking the server: what others have written is seen when it tells of it.
  // Before anything is opened.
  void trust_what_is_known() { trusts_ = true; }

  // `flags` are open(2)'s. ESTALE when the file's name is another file's by now; `anew`: the name was looked up just
  // now, or there was none, as in /proc/self/fd.
  Task<Result<Opened>> open(Node node, int flags, MaybeCaller as, bool anew = false);
  Task<Result<Created>> create(Node parent, fs::Create request, int flags);

  Task<Result<std::vector<Slice>>> read(std::uint64_t id, std::uint64_t offset, std::uint32_t count);
  Task<Result<void>> write(std::uint64_t id, std::uint64_t offset, client::SharedBuffer data, WriteFlags flags);
  // For a write that is to be durable when it returns: of what goes past its cache the kernel does not ask fsync()
  // itself.
  Task<Result<void>> sync_direct(std::uint64_t id, bool data_only);
  // All that was written to the file is at the server; or the error of this handle that the owner was not told of yet.
  // `owner`: of the descriptors that are closed.
  Task<Result<void>> flush(std::uint64_t id, std::uint64_t owner);
  Task<Result<void>> fsync(std::uint64_t id, bool data_only);
  // Once, whatever became of the rest; an error that nobody was told of.
  Task<Result<void>> release(std::uint64_t id);

  Task<Result<void>> fallocate(std::uint64_t id, fs::Fallocate request);
  Task<Result<std::uint64_t>> seek(std::uint64_t id, fs::SeekFor what, std::uint64_t offset);
  Task<Result<std::uint64_t>> copy(std::uint64_t id, std::uint64_t offset, std::uint64_t to, std::uint64_t to_offset,
                                   std::uint64_t length);

  // `wait`: what cancels it; nullptr: it does not wait. Of a lock that is granted it must be said whether anybody has
  // taken it; one that nobody has taken, or of which it is not known whether it was granted, is given back.
  Task<Result<void>> lock(std::uint64_t id, std::uint64_t owner, LockRequest range, LockWait wait);
  void granted(std::uint64_t id, std::uint64_t owner, const LockRequest& range, bool taken);
  Task<Result<fs::GetLockReply>> get_lock(std::uint64_t id, std::uint64_t owner, LockRequest range);
  // The POSIX locks of this owner, as close(2) takes them away.
  Task<Result<void>> unlock_all(std::uint64_t id, std::uint64_t owner);

  // What was written is at the server; for whoever looks at or changes the file past its handles.
  Task<void> settle(Node node);
  // Somebody else has changed it: what was read ahead does not hold.
  void forget_read(Node node);
  // Nothing of it stays open that no program has open.
  void unpark(Node node);
  // Its last name has gone: returns when nothing is open of it at the server that no program has
  // open here. Then its space is free.
  Task<void> removed(Node node);
  // This mount has given it another size.
  void resized(Node node, std::uint64_t size);
  // What the server calls the handle, if it may write; else 0.
  std::uint64_t writer_of(std::uint64_t id) const;
  // All files; true when nothing is left.
  Task<bool> settle_all();

  bool is_open(Node node) const { return files_.contains(node); }
  // Of a file that is open; 0 of another one.
  std::uint64_t inode_of(Node node) const;
  std::size_t handles() const { return handles_.size(); }
  std::uint64_t unwritten() const { return unwritten_; }
  std::uint64_t read_ahead() const { return ahead_; }
  // To be called every few seconds: what was read ahead and nobody has come for goes.
  void sweep();

 private:
  struct File;
  struct Handle;
  struct Piece;
  struct Parked;
  struct ClosingFiles;
  class Closing;
  using FilePointer = std::shared_ptr<File>;
  using HandlePointer = std::shared_ptr<Handle>;
  using PiecePointer = std::shared_ptr<Piece>;
  using ParkedPointer = std::shared_ptr<Parked>;

  Result<HandlePointer> find(std::uint64_t id) const;
  FilePointer file_of(Node node);
  // With the content, where it came along.
  Opened opened(Handle& handle, bool keep_pages);
  // `emptied`: by this very opening, or it made the file.
  HandlePointer add(Node node, int flags, const fs::OpenReply& reply, std::uint64_t epoch, bool emptied = false);
  // For execve(2) as one opens it who may run it: the right to read is another one.
  fs::Access access_of(const Handle& handle) const;
  bool is_to_be_direct(const Handle& handle, bool emptied) const;
  // The handle at the server now: opened again when the server has lost the mount.
  Task<Result<void>> make_usable(HandlePointer handle);
  Task<Result<void>> reopen(HandlePointer handle);
  // A request about a usable handle; again, when the server has lost the mount meanwhile.
  template <class Request>
  Task<Result<client::ReplyTo<Request>>> through(HandlePointer handle, Request request,
                                                 client::MountSession::WaitLimit wait_limit, LockWait wait = nullptr);
  Task<Result<fs::CopyRangeReply>> copy_range(HandlePointer from, HandlePointer into, fs::CopyRange request);

  Task<Result<void>> ask_for_lock(HandlePointer handle, std::uint64_t owner, LockRequest range, LockWait wait);
  // What the owner has at the server is made what it has here, as soon as the server can be asked.
  void owe_locks(const HandlePointer& handle, fs::LockKind kind, std::uint64_t owner);
  static Task<void> pay_locks(Files* files, FilePointer file);
  Task<bool> pay_locks_of(HandlePointer handle, fs::LockKind kind, std::uint64_t owner);
  static HandlePointer handle_of(const File& file, std::uint64_t owner);
  Task<Result<void>> locks_paid(FilePointer file);
  void lose_locks(File& file, std::uint64_t owner);
  static void forget_locks(Handle& handle);

  bool may_park(const Handle& handle) const;
  void park(const HandlePointer& handle);
  void dropped(Node node, const ParkedPointer& parked);
  static Task<void> let_go(client::MountSession* session, std::uint64_t handle, std::uint64_t epoch,
                           std::shared_ptr<Closing> closing);
  Task<ParkedPointer> take_parked(Node node, MaybeCaller as);
  void open_ahead(Node node, const MaybeCaller& as);
  static Task<void> open_parked(Files* files, Node node, ParkedPointer parked, fs::Attr before);

  // What was written to the range, and makes the file as long, is at the server; others may go on writing elsewhere.
  Task<void> drain(FilePointer file, std::uint64_t begin = 0, std::uint64_t end = UINT64_MAX);
  void send_waiting(const FilePointer& file, bool all);
  static Task<void> send(Files* files, FilePointer file, WriteBehind::Sending sending);
  static Task<void> send_later(Files* files, FilePointer file);
  Task<Result<client::WriteResult>> write_once(HandlePointer handle, std::uint64_t offset, client::SharedBuffer data,
                                               bool append);
  Task<Result<void>> write_through(HandlePointer handle, std::uint64_t offset, client::SharedBuffer data, bool append);
  // Once for all that failed until now: what is still under way could tell of the same full disk again.
  Task<Result<void>> tell_error(HandlePointer handle);
  bool may_have_set_ids(const File& file) const;
  // As it is after this mount has changed the content.
  void store_mode(File& file, std::uint32_t mode);
  void store_written(const FilePointer& file, const client::WriteResult& written);
  std::uint64_t writes_to(Node node) const;

  void cover(const HandlePointer& handle, std::uint64_t begin, std::uint64_t end, bool ahead);
  static Task<void> fetch(Files* files, HandlePointer handle, PiecePointer piece, bool ahead);
  Task<Result<std::vector<Slice>>> collect(HandlePointer handle, std::uint64_t offset, std::uint64_t end);
  void drop(Handle& handle, std::uint64_t begin, std::uint64_t end);
  void drop(Handle& handle, std::map<std::uint64_t, PiecePointer>::iterator piece);
  void forget_read(File& file, std::uint64_t begin, std::uint64_t end);

  Tree& tree_;
  client::MountSession& session_;
  const std::uint64_t max_unwritten_, max_ahead_;
  bool may_be_direct_ = false;
  bool trusts_ = false;
  std::uint64_t unwritten_ = 0, ahead_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t closed_writes_ = 0;  // to files that are closed
  std::map<Node, FilePointer> files_;
  std::unordered_map<std::uint64_t, HandlePointer> handles_;
  std::size_t lock_waits_ = 0;
  net::Signal less_unwritten_, fewer_lock_waits_;
  const std::shared_ptr<ClosingFiles> closing_;
  Lru<Node, ParkedPointer> parked_;
};

}  // namespace dftp::mount
