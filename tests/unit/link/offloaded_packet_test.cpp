#include "tests/support/offloaded_packet.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace dftp::test {
namespace {

using Packet = std::vector<std::byte>;

constexpr std::size_t prefix = 10, ip_bytes = sizeof(iphdr), tcp_bytes = sizeof(tcphdr) + 12;
constexpr std::size_t payload_at = prefix + ip_bytes + tcp_bytes;

std::uint16_t internet_sum(const Packet& packet, std::size_t from, std::size_t to, std::uint32_t sum = 0) {
  for (std::size_t at = from; at < to; at += 2) {
    sum += std::to_integer<std::uint32_t>(packet[at]) << 8 | std::to_integer<std::uint32_t>(packet[at + 1]);
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

template <class Header>
Header header_of(const Packet& packet, std::size_t at) {
  Header header;
  std::memcpy(&header, &packet[at], sizeof header);
  return header;
}

// What a TUN device delivers for `payload` bytes of TCP in segments of `segment`, 0: not a large packet.
Packet tcp_packet(std::size_t payload, std::uint16_t segment) {
  Packet packet(payload_at + payload);
  packet[0] = std::byte{1};  // the checksum is yet to be made
  packet[1] = std::byte{segment > 0};
  std::memcpy(&packet[4], &segment, sizeof segment);
  iphdr ip{};
  ip.version = 4;
  ip.ihl = 5;
  ip.protocol = IPPROTO_TCP;
  ip.tot_len = htons(static_cast<std::uint16_t>(packet.size() - prefix));
  ip.id = htons(0xffff);
  ip.saddr = htonl(0x0a630001);
  ip.daddr = htonl(0x0a630002);
  std::memcpy(&packet[prefix], &ip, sizeof ip);
  ip.check = htons(static_cast<std::uint16_t>(~internet_sum(packet, prefix, prefix + ip_bytes)));
  std::memcpy(&packet[prefix], &ip, sizeof ip);
  tcphdr tcp{};
  tcp.doff = tcp_bytes / 4;
  tcp.seq = htonl(0xfffffff0);
  tcp.psh = tcp.fin = tcp.ack = 1;
  const auto length = static_cast<std::uint32_t>(tcp_bytes + payload);
  tcp.check = htons(internet_sum(packet, prefix + 12, prefix + 20, IPPROTO_TCP + length));
  std::memcpy(&packet[prefix + ip_bytes], &tcp, sizeof tcp);
  for (std::size_t i = 0; i < payload; ++i) packet[payload_at + i] = static_cast<std::byte>(i % 251);
  return packet;
}

Packet piece(const Packet& packet, std::size_t first, std::size_t count) {
  const auto parsed = OffloadedPacket::parse(packet).value();
  Packet out(parsed.piece_bytes(first, count));
  parsed.write_piece(first, count, out);
  return out;
}

TEST(OffloadedPacket, a_small_one_is_one_segment_and_passes_unchanged) {
  const Packet packet = tcp_packet(100, 0);
  const auto parsed = OffloadedPacket::parse(packet).value();
  EXPECT_EQ(parsed.segments(), 1u);
  EXPECT_EQ(parsed.segment_bytes(0), packet.size() - prefix);
  EXPECT_EQ(piece(packet, 0, 1), packet);
}

TEST(OffloadedPacket, a_large_one_is_as_many_segments_as_the_line_would_carry) {
  struct Row {
    std::size_t payload, segments, last;
  };
  for (const auto& [payload, segments, last] :
       {Row{1448, 1, 1448}, {1449, 2, 1}, {2896, 2, 1448}, {65'000, 45, 1288}}) {
    const Packet packet = tcp_packet(payload, 1448);
    const auto parsed = OffloadedPacket::parse(packet).value();
    EXPECT_EQ(parsed.segments(), segments) << payload;
    EXPECT_EQ(parsed.segment_bytes(segments - 1), ip_bytes + tcp_bytes + last) << payload;
    EXPECT_EQ(parsed.segment_bytes(0), ip_bytes + tcp_bytes + std::min<std::size_t>(payload, 1448)) << payload;
  }
}

TEST(OffloadedPacket, all_segments_together_are_the_packet) {
  const Packet packet = tcp_packet(4000, 1448);
  EXPECT_EQ(piece(packet, 0, 3), packet);
}

TEST(OffloadedPacket, a_piece_holds_the_payload_of_its_segments) {
  const Packet packet = tcp_packet(4000, 1000);
  const Packet part = piece(packet, 1, 2);
  EXPECT_EQ(part.size(), payload_at + 2000);
  EXPECT_TRUE(std::equal(part.begin() + payload_at, part.end(), packet.begin() + payload_at + 1000));
}

TEST(OffloadedPacket, a_piece_of_one_segment_is_a_small_packet_and_one_of_more_is_not) {
  const Packet packet = tcp_packet(4000, 1000);
  EXPECT_EQ(piece(packet, 1, 1)[1], std::byte{0});
  EXPECT_EQ(piece(packet, 1, 1)[4], std::byte{0});
  EXPECT_EQ(piece(packet, 1, 2)[1], std::byte{1});
}

TEST(OffloadedPacket, the_headers_of_a_piece_are_its_own) {
  const Packet packet = tcp_packet(3500, 1000);
  struct Row {
    std::size_t first, count, payload;
    std::uint32_t sequence;
    std::uint16_t id;
    bool ends;
  };
  for (const Row& row : {Row{0, 1, 1000, 0xfffffff0, 0xffff, false}, Row{1, 2, 2000, 0xfffffff0 + 1000, 0, false},
                         Row{3, 1, 500, 0xfffffff0 + 3000, 2, true}}) {
    const Packet part = piece(packet, row.first, row.count);
    const auto ip = header_of<iphdr>(part, prefix);
    const auto tcp = header_of<tcphdr>(part, prefix + ip_bytes);
    EXPECT_EQ(ntohs(ip.tot_len), part.size() - prefix);
    EXPECT_EQ(ntohs(ip.id), row.id);
    EXPECT_EQ(internet_sum(part, prefix, prefix + ip_bytes), 0xffff) << "the IP header's checksum";
    EXPECT_EQ(ntohl(tcp.seq), row.sequence);
    EXPECT_EQ(tcp.fin, row.ends);
    EXPECT_EQ(tcp.psh, row.ends);
    EXPECT_TRUE(tcp.ack);
    const auto length = static_cast<std::uint32_t>(tcp_bytes + row.payload);
    EXPECT_EQ(ntohs(tcp.check), internet_sum(part, prefix + 12, prefix + 20, IPPROTO_TCP + length));
  }
}

TEST(OffloadedPacket, what_is_none_is_refused) {
  Packet packet = tcp_packet(4000, 1000);
  EXPECT_FALSE(OffloadedPacket::parse(Bytes(packet).first(0)));
  EXPECT_FALSE(OffloadedPacket::parse(Bytes(packet).first(prefix)));
  for (const std::size_t end : {prefix + 1, prefix + ip_bytes, payload_at - 1, payload_at}) {
    EXPECT_FALSE(OffloadedPacket::parse(Bytes(packet).first(end))) << end;
  }
  Packet of_another_kind = packet;
  of_another_kind[1] = std::byte{3};
  EXPECT_FALSE(OffloadedPacket::parse(of_another_kind));
  Packet without_segments = packet;
  without_segments[4] = without_segments[5] = std::byte{0};
  EXPECT_FALSE(OffloadedPacket::parse(without_segments));
  Packet with_short_header = packet;
  with_short_header[prefix] = std::byte{0x44};
  EXPECT_FALSE(OffloadedPacket::parse(with_short_header));
}

}  // namespace
}  // namespace dftp::test
