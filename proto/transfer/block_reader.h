// Blocks on their way in: gathered into batches, so that the disk and the hash lanes get many small files at once.
#pragma once

#include <memory>
#include <vector>

#include "proto/net/stream.h"
#include "proto/wire/block.h"
#include "proto/wire/limits.h"

namespace dftp {

// Blocks in the order they came. Payloads point into the batch.
class BlockBatch {
 public:
  struct Block {
    BlockHeader header;
    Bytes payload;
  };

  BlockBatch();
  const std::vector<Block>& blocks() const { return blocks_; }
  bool empty() const { return blocks_.empty(); }
  void clear();

 private:
  friend class BlockReader;
  bool fits(std::size_t payload) const;
  MutableBytes add(const BlockHeader& header);

  static constexpr std::size_t capacity = limits::block_payload + limits::block_json;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t used_ = 0;
  std::vector<Block> blocks_;
};

class BlockReader {
 public:
  // Adds to `arrived` whatever it reads.
  BlockReader(net::Stream& stream, std::uint64_t& arrived);

  // Waits for a block, and takes along the whole blocks behind it that have arrived already, as many as the batch
  // holds.
  net::Task<Result<void>> collect(BlockBatch& batch);

 private:
  net::Task<Result<void>> need(std::size_t bytes);
  net::Task<Result<void>> drop(std::size_t bytes);
  net::Task<Result<void>> read_payload(MutableBytes out);
  Result<BlockHeader> peek_header() const;
  std::size_t buffered() const { return end_ - begin_; }

  // As much as a batch holds: the longer the disk takes for one batch, the more small blocks come together in the next.
  static constexpr std::size_t buffer_bytes = 1024 * 1024;
  // Behind a large block usually comes another one: what the buffer does not take need not be copied out of it.
  static constexpr std::size_t large_payload = 256 * 1024, read_after_large = 16 * 1024;
  net::Stream& stream_;
  std::uint64_t& arrived_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool after_large_ = false;
};

}  // namespace dftp
