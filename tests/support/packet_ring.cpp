#include "tests/support/packet_ring.h"

#include <cstring>

namespace dftp::test {
namespace {

std::size_t rounded(std::size_t size) {
  constexpr std::size_t step = alignof(std::max_align_t);
  return (size + step - 1) / step * step;
}

}  // namespace

PacketRing::PacketRing(std::size_t capacity)
    : capacity_(rounded(capacity)), buffer_(std::make_unique_for_overwrite<std::byte[]>(capacity_)) {}

MutableBytes PacketRing::push(LinkTime due, std::size_t size) {
  const std::size_t need = rounded(sizeof(Entry) + size);
  // It must not fill the gap to head_: equal ends mean empty.
  if (tail_ < head_) {
    if (need >= head_ - tail_) return {};
  } else if (need > capacity_ - tail_) {
    if (need >= head_) return {};
    wrap_ = tail_;
    tail_ = 0;
  }
  const Entry entry{due, size};
  std::memcpy(&buffer_[tail_], &entry, sizeof entry);
  const MutableBytes room(&buffer_[tail_ + sizeof entry], size);
  tail_ += need;
  return room;
}

PacketRing::Entry PacketRing::entry_at(std::size_t at) const {
  Entry entry;
  std::memcpy(&entry, &buffer_[at], sizeof entry);
  return entry;
}

PacketRing::Packet PacketRing::front() const {
  const Entry entry = entry_at(head_);
  return {entry.due, {&buffer_[head_ + sizeof entry], entry.size}};
}

void PacketRing::pop() {
  head_ += rounded(sizeof(Entry) + entry_at(head_).size);
  if (tail_ < head_ && head_ == wrap_) head_ = 0;
  // From the start again, where the memory is in the cache.
  if (empty()) head_ = tail_ = 0;
}

}  // namespace dftp::test
