// Blocks on their way out, encoded one behind the other in memory that is allocated once. One thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "proto/digest/md5.h"
#include "proto/net/unique_fd.h"
#include "proto/wire/block.h"
#include "proto/wire/limits.h"

namespace dftp {

class OutBuffer {
 public:
  // Room for one block of data and the small ones around it.
  static constexpr std::size_t default_capacity = limits::block_payload + 3 * limits::block_json;
  explicit OutBuffer(std::size_t capacity = default_capacity)
      : memory_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  // Bytes of a file that belong between those of bytes(), before that at `at`: they are sent from there.
  struct FilePart {
    std::size_t at = 0;
    net::UniqueFd file{};
    std::uint64_t offset = 0, length = 0;
  };
  // Whether a file part may be appended: the stream can send files, and there is none yet.
  bool takes_file() const { return sends_files_ && !file_part_; }
  void set_sends_files(bool able) { sends_files_ = able; }
  const std::optional<FilePart>& file_part() const { return file_part_; }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  std::size_t room() const { return capacity_ - size_; }
  Bytes bytes() const { return {memory_.get(), size_}; }
  void clear() {
    size_ = 0;
    file_part_.reset();
    hashing = {};
  }
  // What hashing took of the time it took to fill it, as far as who filled it has added it.
  std::chrono::nanoseconds hashing{};

  // Takes back what was appended since size() was `size`.
  void rewind(std::size_t size) { size_ = size; }

  // The last `size` bytes, to be filled in later.
  MutableBytes tail(std::size_t size) { return {memory_.get() + size_ - size, size}; }

  // Appends a block; the caller has checked room(). `header.length` is set here.
  void block(BlockHeader header, Bytes payload = {});
  // All blocks of another buffer; the caller has checked room().
  void blocks(Bytes encoded);
  // A block whose payload is one u64.
  void block_u64(BlockHeader header, std::uint64_t value);

  // A `data` block of `bytes` file bytes whose digests and bytes the caller fills in.
  struct Data {
    std::span<Digest> digests;
    MutableBytes bytes;
  };
  Data data(std::uint64_t file, std::uint64_t offset, std::size_t bytes);
  // The same with its bytes left in a file; the caller has checked takes_file(), and fills in the digests.
  std::span<Digest> data_in_file(std::uint64_t file, std::uint64_t offset, std::size_t bytes, net::UniqueFd from);

 private:
  // `elsewhere`: how much of the payload does not lie here.
  MutableBytes append(BlockHeader header, std::size_t payload, std::size_t elsewhere = 0);

  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_;
  std::size_t size_ = 0;
  bool sends_files_ = false;
  std::optional<FilePart> file_part_;
};

}  // namespace dftp
