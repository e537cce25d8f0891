#include "tests/support/offloaded_packet.h"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>

namespace dftp::test {
namespace {

// struct virtio_net_hdr of <linux/virtio_net.h>, which is no C++.
struct VirtioHeader {
  std::uint8_t flags, kind;
  std::uint16_t header_bytes, segment_bytes, checksum_start, checksum_offset;
};
enum Kind : std::uint8_t { small_packet = 0, large_tcp_on_ipv4 = 1 };

constexpr std::size_t prefix = sizeof(VirtioHeader);

template <class Header>
Header header_at(Bytes bytes, std::size_t offset) {
  Header header;
  std::memcpy(&header, &bytes[offset], sizeof header);
  return header;
}

template <class Header>
void put_header(const Header& header, MutableBytes out, std::size_t offset) {
  std::memcpy(&out[offset], &header, sizeof header);
}

// The Internet checksum (RFC 1071) before its complement, in the order in which the bytes stand.
std::uint16_t sum(Bytes bytes, std::uint32_t so_far = 0) {
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) so_far += header_at<std::uint16_t>(bytes, at);
  while (so_far >> 16) so_far = (so_far & 0xffff) + (so_far >> 16);
  return static_cast<std::uint16_t>(so_far);
}

}  // namespace

std::optional<OffloadedPacket> OffloadedPacket::parse(Bytes bytes) {
  if (bytes.size() <= prefix) return {};
  OffloadedPacket packet(bytes);
  const auto offload = header_at<VirtioHeader>(bytes, 0);
  if (offload.kind == small_packet) {
    packet.headers_ = bytes.size() - prefix;
    return packet;
  }
  if (offload.kind != large_tcp_on_ipv4 || !packet.parse_large(offload.segment_bytes)) return {};
  return packet;
}

bool OffloadedPacket::parse_large(std::size_t segment) {
  const Bytes packet = bytes_.subspan(prefix);
  if (packet.size() < sizeof(iphdr)) return false;
  ip_header_ = header_at<iphdr>(packet, 0).ihl * 4;
  if (ip_header_ < sizeof(iphdr) || packet.size() < ip_header_ + sizeof(tcphdr)) return false;
  headers_ = ip_header_ + header_at<tcphdr>(packet, ip_header_).doff * 4;
  if (headers_ < ip_header_ + sizeof(tcphdr) || packet.size() <= headers_ || segment == 0) return false;
  payload_ = packet.size() - headers_;
  segment_ = segment;
  segments_ = (payload_ + segment - 1) / segment;
  return true;
}

bool OffloadedPacket::is_waited_for() const {
  const Bytes packet = bytes_.subspan(prefix);
  if (packet.size() < sizeof(iphdr)) return false;
  const auto ip = header_at<iphdr>(packet, 0);
  if (ip.version != 4) return false;
  const std::size_t ip_bytes = ip.ihl * 4;
  if (ip.protocol != IPPROTO_TCP || packet.size() < ip_bytes + sizeof(tcphdr)) return true;
  const auto tcp = header_at<tcphdr>(packet, ip_bytes);
  return tcp.syn || packet.size() > ip_bytes + tcp.doff * 4;
}

std::size_t OffloadedPacket::payload_bytes(std::size_t first, std::size_t count) const {
  return std::min(count * segment_, payload_ - first * segment_);
}

std::size_t OffloadedPacket::piece_bytes(std::size_t first, std::size_t count) const {
  return prefix + headers_ + payload_bytes(first, count);
}

void OffloadedPacket::write_piece(std::size_t first, std::size_t count, MutableBytes out) const {
  const std::size_t payload = payload_bytes(first, count);
  std::ranges::copy(bytes_.first(prefix + headers_), out.begin());
  std::ranges::copy(bytes_.subspan(prefix + headers_ + first * segment_, payload),
                    out.subspan(prefix + headers_).begin());
  if (segments_ == 1) return;

  if (count == 1) {
    auto offload = header_at<VirtioHeader>(bytes_, 0);
    offload.kind = small_packet;
    offload.segment_bytes = 0;
    put_header(offload, out, 0);
  }
  auto ip = header_at<iphdr>(bytes_, prefix);
  ip.tot_len = htons(static_cast<std::uint16_t>(headers_ + payload));
  ip.id = htons(static_cast<std::uint16_t>(ntohs(ip.id) + first));
  ip.check = 0;
  put_header(ip, out, prefix);
  ip.check = static_cast<std::uint16_t>(~sum(out.subspan(prefix, ip_header_)));
  put_header(ip, out, prefix);

  auto tcp = header_at<tcphdr>(bytes_, prefix + ip_header_);
  tcp.seq = htonl(static_cast<std::uint32_t>(ntohl(tcp.seq) + first * segment_));
  const bool last = first + count == segments_;
  tcp.fin = tcp.fin && last;
  tcp.psh = tcp.psh && last;
  // The sum of the pseudo header; the rest is never added, since the packet does not leave the machine.
  const std::size_t tcp_bytes = headers_ - ip_header_ + payload;
  tcp.check = sum(out.subspan(prefix + offsetof(iphdr, saddr), 8),
                  htons(IPPROTO_TCP) + std::uint32_t{htons(static_cast<std::uint16_t>(tcp_bytes))});
  put_header(tcp, out, prefix + ip_header_);
}

}  // namespace dftp::test
