// A packet as a TUN device with IFF_VNET_HDR hands it over: a struct virtio_net_hdr, then IP, of up to 64 KiB. A large
// TCP packet stands for the segments that a network card would make of it; they are what a link carries and loses.
#pragma once

#include <cstdint>
#include <optional>

#include "proto/wire/bytes.h"

namespace dftp::test {

class OffloadedPacket {
 public:
  // `bytes` must outlive the packet. Nothing for what is no such packet, or a large one of another kind than TCP on
  // IPv4.
  static std::optional<OffloadedPacket> parse(Bytes bytes);

  std::size_t segments() const { return segments_; }
  // The size of one as an IP packet.
  std::size_t segment_bytes(std::size_t index) const { return headers_ + payload_bytes(index, 1); }

  // Whether somebody may wait for it: TCP with a payload or SYN, or another protocol on IPv4. Acknowledgements alone
  // and what IPv6 says by itself are not waited for.
  bool is_waited_for() const;

  // Segments in a row as one packet for a TUN device, as it would be if there were no others.
  std::size_t piece_bytes(std::size_t first, std::size_t count) const;
  void write_piece(std::size_t first, std::size_t count, MutableBytes out) const;

 private:
  explicit OffloadedPacket(Bytes bytes) : bytes_(bytes) {}
  bool parse_large(std::size_t segment);
  std::size_t payload_bytes(std::size_t first, std::size_t count) const;

  Bytes bytes_;
  std::size_t ip_header_ = 0;
  std::size_t headers_ = 0;  // IP and TCP; of a small packet everything
  std::size_t payload_ = 0;
  std::size_t segment_ = 0;  // payload of each but the last
  std::size_t segments_ = 1;
};

}  // namespace dftp::test
