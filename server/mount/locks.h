// The locks of one mount, as its requests ask for them.
#pragma once

#include <atomic>

#include "server/mount/lock_table.h"

namespace dftp::server {

// Thread-safe; may block, but for what enrols and cancels.
class Locks {
 public:
  explicit Locks(LockTable& table) : table_(table) {}
  ~Locks() { table_.release(this); }
  // Who pays for the files of owners; set before the first one. nullptr: nobody counts.
  void charge(std::shared_ptr<const Account> account) { account_ = std::move(account); }
  // From now on the requests of this session alone are carried out: one of a session before could come late, and lock
  // what the client has given back by the session after. nullptr: all are, as before the first call.
  void belong_to(const void* session);
  bool obeys(const void* session) const {
    const void* now = session_;
    return !now || now == session;
  }
  Locks(const Locks&) = delete;
  Locks& operator=(const Locks&) = delete;

  // EAGAIN when somebody else holds it; EBADF for a handle that is not open for it; ENOLCK for too many owners, of the
  // mount or of its user or source, or too many ranges of the mount; ECANCELED, see belong_to().
  Result<void> set(const Handle& handle, const fs::Lock& request, const void* session = nullptr);
  // Who is in the way; unlock: nobody.
  Result<fs::GetLockReply> test(const Handle& handle, const fs::GetLock& request) const;
  // Takes away all that was locked through the handle, which is released; who waits through it
  // waits no more.
  void release(std::uint64_t handle_id, const Handle& handle);

  // A request that waits, of the session, by its number, as in LockTable.
  Result<void> enrol(const void* session, std::uint64_t number, const std::shared_ptr<Handle>& handle,
                     const fs::Lock& request, LockTable::Ended ended);
  void begin(const void* session, std::uint64_t number) { table_.begin({this, session, number}); }
  void cancel(const void* session, std::uint64_t number) { table_.cancel({this, session, number}); }
  // All of the session's.
  void cancel(const void* session) { table_.cancel(this, session); }

  // As in LockTable.
  bool unless_locked(const FileKey& key, const std::function<void()>& work) const {
    return table_.unless_locked(this, key, work);
  }

  std::size_t size() const { return table_.size(this); }

 private:
  Result<LockAsk> ask_of(const Handle& handle, const fs::Lock& request, const void* session) const;

  LockTable& table_;
  std::shared_ptr<const Account> account_;
  std::atomic<const void*> session_ = nullptr;
};

}  // namespace dftp::server
