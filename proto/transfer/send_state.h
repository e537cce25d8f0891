// The sender's side of one announced file, and the pieces of it that are read. Used by sender*.cpp and
// source_scanner.cpp only.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "proto/digest/tree.h"
#include "proto/storage/storage.h"
#include "proto/transfer/digest_cache.h"
#include "proto/transfer/events.h"
#include "proto/transfer/interval_set.h"
#include "proto/transfer/out_buffer.h"

namespace dftp {

// A range that the receiver wants.
struct Want {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::vector<Digest> digests = {};  // of what it has there; empty: it has nothing
};

struct SendState {
  Item item;
  std::shared_ptr<Storage> storage;
  RemotePath path;       // in the storage
  Attributes announced;  // what it was like when it was announced
  bool pipe = false;

  std::unique_ptr<ReadFile> file;             // while something is read
  std::shared_ptr<DigestCache::File> leaves;  // none: nothing is remembered
  std::mutex lock;
  Extent extent;  // the last one asked for: tmpfs goes through all pages of an extent to find its end
  std::deque<Want> wants;
  IntervalSet sent;           // ranges that were answered; one that is wanted again was damaged on its way
  std::uint32_t reading = 0;  // pieces on the disk pool now
  std::uint32_t lasts = 0;    // `last` wants that still wait for their `done`
  TreeRoot tree;
  std::optional<Digest> root;  // when everything has been read once
  std::optional<Digest> md5;
  Md5 whole;             // of a pipe, as it is read
  bool hashing = false;  // the whole MD5 is being computed
  bool counted = false;  // among the sender's open files
  bool given_up = false;

  std::uint64_t size() const { return announced.size; }
  bool sparse() const { return announced.allocated + limits::leaf_bytes <= announced.size; }
  // Everything wanted so far has been read.
  bool drained() const { return wants.empty() && reading == 0 && lasts > 0; }
};

// A part of a want that is read in one go: a block; of a sparse file up to the whole want, of which read_piece takes as
// much as a block and a run of holes hold.
struct Piece {
  std::shared_ptr<SendState> file;
  Want want;
  bool again = false;  // some of it was sent before, and arrived damaged: nothing that is remembered is believed
};

// ---- on the disk pool; none touches the file's bookkeeping except `file`

// Opens the file and checks that it is still what was announced. Code::changed when not. To be put into `file.file` on
// the loop, where others look at it.
Result<std::unique_ptr<ReadFile>> open_for_sending(const SendState& file);
// Code::unsupported for what says that it is empty and has content, as files of /proc do.
Result<void> check_empty(ReadFile& file, const std::string& where);
// Code::changed when `opened` is no longer what was announced.
Result<void> check_unchanged(const SendState& file, ReadFile& opened);

// What became of a piece.
struct ReadPiece {
  std::vector<Digest> digests;  // of its leaves
  std::uint64_t taken = 0;      // how much of the piece this is, from its beginning
  std::uint64_t moved = 0;      // file bytes put into the buffer
  std::uint64_t same = 0;       // bytes the receiver has already
  bool forgot = false;          // what was remembered was wrong, and may have been used for other pieces
};
// Reads the piece, compares it with the digests in the want, and appends `data`, `same` and `zero` blocks.
Result<ReadPiece> read_piece(const Piece& piece, OutBuffer& out);

// The same of a piece whose digests are remembered, so that its bytes need not come here: on the loop, whatever they
// are by then. nullopt, with nothing appended, when that is not possible.
std::optional<ReadPiece> leave_in_file(const Piece& piece, OutBuffer& out);

// The same without waiting for a disk, and so on the loop: while its data is hot in one core's cache. nullopt, with
// nothing appended, when that is not possible.
std::optional<ReadPiece> read_cached_piece(const Piece& piece, OutBuffer& out);

// Reads on from a pipe's beginning or last end: a block's worth in `moved`, less at its end. The last block may be
// empty.
Result<ReadPiece> read_pipe(SendState& file, OutBuffer& out, bool md5);

}  // namespace dftp
