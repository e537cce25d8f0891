// Packets that wait for their time of arrival, first in, first out, in one buffer: nothing is allocated for a packet.
#pragma once

#include <memory>

#include "proto/wire/bytes.h"
#include "tests/support/link_queue.h"

namespace dftp::test {

class PacketRing {
 public:
  struct Packet {
    LinkTime due;
    Bytes bytes;  // until the next pop()
  };

  explicit PacketRing(std::size_t capacity);

  // Room for a packet of `size` bytes, to be filled before the next call; empty when there is none.
  MutableBytes push(LinkTime due, std::size_t size);
  bool empty() const { return head_ == tail_; }
  Packet front() const;
  void pop();

 private:
  struct Entry {
    LinkTime due;
    std::size_t size;
  };
  Entry entry_at(std::size_t at) const;

  const std::size_t capacity_;
  const std::unique_ptr<std::byte[]> buffer_;
  // Entries stand from head_ to tail_, or from head_ to wrap_ and then from 0 to tail_.
  std::size_t head_ = 0, tail_ = 0, wrap_ = 0;
};

}  // namespace dftp::test
