// How far to read ahead of a reader, from what it has asked for so far. A few streams a handle, so that readers who
// share it (or one who reads from two places in turn) are each seen; the window of a stream doubles with each read that
// goes on where the last one ended, and random reads halve it. Pure.
#pragma once

#include <array>
#include <cstdint>

namespace dftp::mount {

class ReadAhead {
 public:
  // Told of each read of [offset, offset + count), at most `budget` bytes may be ahead of it. How many bytes behind the
  // read's end should be on their way; 0: this one is not part of a stream.
  std::uint64_t window(std::uint64_t offset, std::uint64_t count, std::uint64_t budget);

  static constexpr std::uint64_t first_window = 256 * 1024;
  // 1 Gbit/s over a path of 250 ms.
  static constexpr std::uint64_t max = 32 * 1024 * 1024;

 private:
  struct Stream {
    std::uint64_t next = 0;  // where it would go on
    std::uint64_t window = 0;
    std::uint64_t used = 0;  // when: the number of the read
  };
  Stream* stream_at(std::uint64_t offset);

  std::array<Stream, 3> streams_;
  std::uint64_t reads_ = 0;
};

}  // namespace dftp::mount
