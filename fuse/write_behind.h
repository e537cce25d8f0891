// What programs have written to one file and the server has not: gathered into extents that are worth sending. What is
// being sent stays here until the server has it; nothing that overlaps it is sent before, since writes may overtake
// each other on their way. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "client/mount/buffer.h"

namespace dftp::mount {

class WriteBehind {
 public:
  // An extent that has `piece` bytes is worth sending.
  explicit WriteBehind(std::size_t piece) : piece_(piece) {}

  struct Extent {
    std::uint64_t handle = 0;  // by which it was written: only what came through the same one is joined
    std::uint64_t offset = 0;
    client::SharedBuffer data;
    std::uint64_t end() const { return offset + data->size(); }
  };

  // The newest bytes count. The buffer is taken over: nobody else writes to it.
  void add(std::uint64_t handle, std::uint64_t offset, client::SharedBuffer data);

  // The next extent to send, which stays until finished() is told its number; `all`: also those that could still grow.
  struct Sending {
    std::uint64_t number;
    Extent extent;
  };
  std::optional<Sending> take(bool all);
  void finished(std::uint64_t number);

  bool empty() const { return waiting_.empty() && sending_.empty(); }
  bool waits() const { return !waiting_.empty(); }
  bool overlaps(std::uint64_t begin, std::uint64_t end) const;
  // Of a handle, waiting or being sent.
  bool has(std::uint64_t handle) const;
  std::uint64_t bytes() const { return bytes_; }
  // Behind the last byte; 0 when empty.
  std::uint64_t end() const;
  std::size_t extents() const { return waiting_.size(); }

 private:
  void make_room(std::uint64_t begin, std::uint64_t end);
  bool overwrite(const Extent& extent);
  bool join(const Extent& extent);
  bool is_being_sent(const Extent& extent) const;

  const std::size_t piece_;
  std::map<std::uint64_t, Extent> waiting_;  // by offset; they do not overlap
  std::map<std::uint64_t, Extent> sending_;  // by number; they do not overlap either
  std::uint64_t last_number_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace dftp::mount
