// One direction of a link between two TUN devices: takes packets from one, and writes them to the other when their time
// has come.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "tests/support/offloaded_packet.h"
#include "tests/support/packet_ring.h"

namespace dftp::test {

// Packets are those of the line, of the MTU's size at most; bytes are without framing.
struct LinkCounters {
  std::uint64_t packets = 0, bytes = 0;  // that were offered
  std::uint64_t lost = 0, dropped = 0;   // Fate
  std::uint64_t late = 0;                // written over a millisecond after their time: the machine was too busy
  // The longest chain of packets, each sent when the one before had been delivered at the other end, whose last was
  // delivered here: two for each round trip that somebody waited for. Does not depend on how busy the machine is.
  std::uint64_t flights = 0;
  LinkTime first_arrival{}, last_arrival{};  // by the line's own clock
};

class LinkDirection {
 public:
  // `from` and `to` are nonblocking TUN devices with IFF_VNET_HDR; they stay the caller's.
  LinkDirection(int from, int to, const LinkShape& shape, std::uint64_t seed);

  // Each does a little only, so that the other direction gets its turn; true when it may be that more is to be done.
  // `delivered` is the flights of the other direction.
  bool take(LinkTime now, std::uint64_t delivered);
  bool deliver(LinkTime now);

  bool waiting() const { return !ring_.empty(); }
  LinkTime next_due() const { return ring_.front().due; }
  void lose(double loss) { queue_.lose(loss); }
  const LinkCounters& counters() const { return counters_; }

 private:
  void carry(const OffloadedPacket& packet, LinkTime now, std::uint64_t flight);
  void enqueue(const OffloadedPacket& packet, std::size_t first, std::size_t count, LinkTime due, std::uint64_t flight);

  const int from_, to_;
  LinkQueue queue_;
  PacketRing ring_;
  std::deque<std::uint64_t> flights_;  // of what is in the ring; 0: not waited for
  LinkCounters counters_;
  std::vector<std::byte> scratch_;
};

}  // namespace dftp::test
