// One end of a link: a network namespace of its own with a TUN device in it.
#pragma once

#include <string>

namespace dftp::test {

// Both descriptors stay open until the process ends: that is what takes namespace and device away, however it ends.
struct NetworkEnd {
  int space;  // the namespace, for setns() or nsenter --net=/proc/PID/fd/SPACE
  int tun;    // nonblocking, with IFF_VNET_HDR: see OffloadedPacket
};

// Leaves the process in the new namespace. Throws std::runtime_error with words for people.
NetworkEnd make_end(const std::string& address);

}  // namespace dftp::test
