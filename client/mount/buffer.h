// Memory for file data on its way: allocated once, not filled with zeros, shared until the last one who needs it is
// done.
#pragma once

#include <algorithm>
#include <cassert>
#include <memory>

#include "proto/wire/bytes.h"

namespace dftp::client {

class Buffer {
 public:
  explicit Buffer(std::size_t capacity)
      : memory_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity) {}

  std::size_t size() const { return size_; }
  std::size_t room() const { return capacity_ - begin_ - size_; }
  std::size_t capacity() const { return capacity_; }
  Bytes bytes() const { return {memory_.get() + begin_, size_}; }
  MutableBytes mutable_bytes() { return {memory_.get() + begin_, size_}; }

  // At most size() + room(); what is new is not initialised.
  void resize(std::size_t size) {
    assert(begin_ + size <= capacity_);
    size_ = size;
  }
  // Leaves only these bytes of it.
  void narrow(std::size_t begin, std::size_t size) {
    assert(begin + size <= size_);
    begin_ += begin;
    size_ = size;
  }
  // At most room().
  void append(Bytes data) {
    assert(data.size() <= room());
    std::ranges::copy(data, memory_.get() + begin_ + size_);
    size_ += data.size();
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t capacity_;
  std::size_t begin_ = 0, size_ = 0;
};

using SharedBuffer = std::shared_ptr<Buffer>;

}  // namespace dftp::client
