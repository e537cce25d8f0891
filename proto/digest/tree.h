// The MD5 tree: a file is cut into leaves of 64 KiB, each leaf has its MD5, and the root is the MD5 of the leaf digests
// in order. A file of one leaf or none has its plain MD5 as root. docs/protocol/transfers.md, "The MD5 tree".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "proto/digest/md5.h"

namespace dftp {

// How many leaves a file, or a range beginning on a leaf's edge, of `size` bytes has; 0 for 0.
std::uint64_t leaf_count(std::uint64_t size);

// The digests of `data`, which begins on a leaf's edge, one a leaf; the last leaf may be short.
// `out` holds at least leaf_count(data.size()).
void hash_leaves(Bytes data, std::span<Digest> out);

// The digest of a leaf that is all zero, of 1 to leaf_bytes bytes.
Digest zero_leaf(std::size_t bytes);

// Folds leaf digests into the root. Digests may come in any order and more than once (the first counts);
// those out of order wait in memory up to limits::pending_digests, past which the root is given up.
// Value type, one thread at a time.
class TreeRoot {
 public:
  // `first` is the leaf's number: offset / leaf_bytes.
  void add(std::uint64_t first, std::span<const Digest> digests);
  // The root when exactly leaves 0 .. leaf_count(size)-1 have been added; nullopt when some are missing or the root was
  // given up (then hash the file anew). Call once.
  std::optional<Digest> finish(std::uint64_t size);

 private:
  void fold(const Digest& digest);

  Md5 upper_;
  std::optional<Digest> only_;  // the first leaf: the root of a file of one leaf
  std::uint64_t next_ = 0;      // the leaf that is folded next
  std::map<std::uint64_t, Digest> waiting_;
  bool given_up_ = false;
};

}  // namespace dftp
