// The receiver's side of one announced thing, and the disk work on it. Used by receiver*.cpp only.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "proto/digest/tree.h"
#include "proto/storage/storage.h"
#include "proto/transfer/events.h"
#include "proto/transfer/filled_directory.h"
#include "proto/transfer/interval_set.h"
#include "proto/transfer/receiver.h"

namespace dftp {

class TargetTree;

struct ReceiveState {
  Item item;
  Announcement announcement;
  std::shared_ptr<Storage> storage;            // of what is beneath a target: that of its tree, from decide() on
  std::shared_ptr<TargetTree> tree_of_target;  // which it is, or is in
  RemotePath path;                             // in the storage
  bool eager = false;
  bool left_out = false;  // by ReceiveOptions::only: nobody is told of it
  bool fresh = false;     // nothing is at the target: what there is to start from is an earlier attempt
  std::unique_ptr<FilledDirectory> filled = {};  // of a directory, and of its end when that is carried out

  // Bookkeeping, on the loop.
  std::optional<std::uint64_t> size;  // of a pipe: when `done` has told it
  // Ranges that have come, even if they are not on the disk yet: what comes a second time is not written, as a block
  // whose header was damaged must not replace what is verified.
  IntervalSet reserved;
  IntervalSet verified;
  TreeRoot tree;
  std::uint32_t dones_due = 0;
  std::optional<Digest> root, md5;                     // as the sender says
  std::map<std::uint64_t, int> damaged;                // leaf's offset -> how often it was asked for again
  std::map<std::uint64_t, std::vector<Digest>> asked;  // `want`s with digests that are not answered, by offset
  bool asked_all = false;                              // the `last` want is out
  bool asked_twice = false;                            // the root did not match, and everything was compared again
  std::uint64_t trusted = 0;                           // bytes of a pipe that were delivered in an earlier attempt
  bool has_slot = false;
  bool committing = false;
  bool settled = false;

  // On the pool, where two connections may bring data of one file at once: opening it and `hashed` need the lock.
  std::mutex lock;
  std::unique_ptr<PartialFile> partial;
  Extent extent;                      // of the basis, the last one asked for
  std::atomic<bool> dropped = false;  // not needed, or failed: what still comes is thrown away
  Md5 hashed;                         // whole MD5 of the first `hashed_bytes`, as far as data came in order
  std::uint64_t hashed_bytes = 0;

  // Of what is in the partial, when it has been read for them once more.
  std::optional<Digest> own_root, own_md5;

  // The sender could not read it: its error follows, and there is nothing to make here.
  bool unreadable() const {
    return eager && (item.kind == Announcement::Kind::directory || item.kind == Announcement::Kind::symlink);
  }
  bool pipe() const { return item.kind == Announcement::Kind::file && !announcement.size; }
  bool whole() const { return size && dones_due == 0 && root && verified.covers(0, *size); }
  // Comes in one block, at most: not worth resuming, and opened only when its content is here.
  bool small() const { return size && *size <= limits::block_data_bytes; }
};

// ---- on the disk pool

class TargetDirectory;

enum class Verdict { fetch, skip, settled };
// What to do about something announced. Directories and links are made here: `settled`.
Result<Verdict> decide(ReceiveState& file, TargetDirectory& directory, const ReceiveOptions& options);

// Opens the partial: with what an earlier attempt, or the file that is to be replaced, gives to start from. Room on the
// disk is made sure of. A small one is empty, and opened unless it is open.
struct Basis {
  std::uint64_t bytes = 0;    // to be compared with the source
  std::uint64_t trusted = 0;  // not to be compared again
};
Result<Basis> open_basis(ReceiveState& file, const ReceiveOptions& options);
Result<void> open_small(ReceiveState& file, TargetDirectory& directory);

// Adds data that is good to the whole MD5, if it comes in order.
void hash_in_order(ReceiveState& file, std::uint64_t offset, Bytes data);

// How much of the basis is a hole from `offset` on, in whole leaves.
Result<std::uint64_t> hole_in_basis(ReceiveState& file, std::uint64_t offset);
// The digests of a range of the basis. Of different ranges several at a time.
Result<std::vector<Digest>> hash_basis(ReceiveState& file, std::uint64_t offset, std::uint64_t length);

// Compares the tree's root, and the MD5 if asked for, with what the sender said. Code::integrity.
Result<Proof> prove(ReceiveState& file, const ReceiveOptions& options);

}  // namespace dftp
