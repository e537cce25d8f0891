#include "tests/support/link_direction.h"

#include <unistd.h>

#include <algorithm>

namespace dftp::test {
namespace {

constexpr int packets_a_turn = 64;
constexpr std::size_t packet_limit = 65536 + 64;
// Segments that arrive this close together are handed over as one packet, as a network card's receive offload does.
constexpr LinkTime together = std::chrono::microseconds(100);
constexpr LinkTime much = std::chrono::milliseconds(1);

// What may be on the way: the queue, and the line's length. Twice, since small packets take more room than their size.
std::size_t ring_bytes(const LinkShape& shape) {
  const double on_the_line = static_cast<double>(shape.rate) / 8 * std::chrono::duration<double>(shape.delay).count();
  return 2 * (static_cast<std::size_t>(on_the_line) + shape.queue + packet_limit);
}

}  // namespace

LinkDirection::LinkDirection(int from, int to, const LinkShape& shape, std::uint64_t seed)
    : from_(from), to_(to), queue_(shape, seed), ring_(ring_bytes(shape)), scratch_(packet_limit) {}

bool LinkDirection::take(LinkTime now, std::uint64_t delivered) {
  for (int turn = 0; turn < packets_a_turn; ++turn) {
    const ssize_t got = ::read(from_, scratch_.data(), scratch_.size());
    if (got < 0) return false;
    if (const auto packet = OffloadedPacket::parse(Bytes(scratch_).first(static_cast<std::size_t>(got)))) {
      carry(*packet, now, packet->is_waited_for() ? delivered + 1 : 0);
    }
  }
  return true;
}

void LinkDirection::carry(const OffloadedPacket& packet, LinkTime now, std::uint64_t flight) {
  std::size_t begin = 0, count = 0;  // the segments that will be handed over together
  LinkTime first_due{}, last_due{};
  for (std::size_t index = 0; index < packet.segments(); ++index) {
    const std::size_t bytes = packet.segment_bytes(index);
    const Passage passage = queue_.offer(now, bytes);
    counters_.packets += 1;
    counters_.bytes += bytes;
    counters_.lost += passage.fate == Fate::lost;
    counters_.dropped += passage.fate == Fate::dropped;
    const bool arrives = passage.fate == Fate::arrives;
    if (count > 0 && (!arrives || passage.arrival - first_due > together)) {
      enqueue(packet, begin, count, last_due, flight);
      count = 0;
    }
    if (!arrives) continue;
    if (count++ == 0) {
      begin = index;
      first_due = passage.arrival;
    }
    last_due = passage.arrival;
  }
  if (count > 0) enqueue(packet, begin, count, last_due, flight);
}

void LinkDirection::enqueue(const OffloadedPacket& packet, std::size_t first, std::size_t count, LinkTime due,
                            std::uint64_t flight) {
  const MutableBytes room = ring_.push(due, packet.piece_bytes(first, count));
  if (room.empty()) {
    counters_.dropped += count;
  } else {
    packet.write_piece(first, count, room);
    flights_.push_back(flight);
  }
}

bool LinkDirection::deliver(LinkTime now) {
  for (int turn = 0; turn < packets_a_turn; ++turn) {
    if (ring_.empty()) return false;
    const PacketRing::Packet packet = ring_.front();
    if (packet.due > now) return false;
    counters_.late += now - packet.due > much;
    // A device that does not take it is a cable into nowhere: the packet is gone, as it would be there.
    [[maybe_unused]] const ssize_t written = ::write(to_, packet.bytes.data(), packet.bytes.size());
    ring_.pop();
    if (counters_.first_arrival == LinkTime::zero()) counters_.first_arrival = packet.due;
    counters_.last_arrival = packet.due;
    counters_.flights = std::max(counters_.flights, flights_.front());
    flights_.pop_front();
  }
  return true;
}

}  // namespace dftp::test
