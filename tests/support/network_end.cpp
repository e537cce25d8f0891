#include "tests/support/network_end.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace dftp::test {
namespace {

constexpr const char* device = "link";
constexpr int mtu = 1500;
// The link's own queue decides what is dropped, so the device's must never be full.
constexpr int device_queue = 20'000;

int checked(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": " + std::strerror(errno));
  return result;
}

ifreq named(const char* name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return request;
}

int open_tun() {
  const int tun = checked(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  ifreq request = named(device);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  checked(::ioctl(tun, TUNSETIFF, &request), "a TUN device");
  checked(::ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4), "large packets on a TUN device");
  return tun;
}

void set_address(int control, unsigned long what, ifreq request, const std::string& address) {
  sockaddr_in value{};
  value.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &value.sin_addr);
  std::memcpy(&request.ifr_addr, &value, sizeof value);
  checked(::ioctl(control, what, &request), "the address " + address);
}

void bring_up(int control, const char* name) {
  ifreq request = named(name);
  checked(::ioctl(control, SIOCGIFFLAGS, &request), name);
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  checked(::ioctl(control, SIOCSIFFLAGS, &request), name);
}

// Where it cannot be set, tests repeat less exactly; that is all.
void set_if_possible(const char* setting, int value) {
  std::ofstream(std::string("/proc/sys/net/") + setting) << value;
}

}  // namespace

NetworkEnd make_end(const std::string& address) {
  checked(::unshare(CLONE_NEWNET), "a network namespace (needs root)");
  // No packets but those that the programs in it send, and no memory of earlier connections.
  set_if_possible("ipv6/conf/all/disable_ipv6", 1);
  set_if_possible("ipv6/conf/default/disable_ipv6", 1);
  set_if_possible("ipv4/tcp_no_metrics_save", 1);

  NetworkEnd end{};
  end.space = checked(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "the network namespace");
  end.tun = open_tun();
  const int control = checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "a socket");
  ifreq request = named(device);
  request.ifr_mtu = mtu;
  checked(::ioctl(control, SIOCSIFMTU, &request), "the MTU");
  request.ifr_qlen = device_queue;
  checked(::ioctl(control, SIOCSIFTXQLEN, &request), "the queue of the device");
  set_address(control, SIOCSIFADDR, named(device), address);
  set_address(control, SIOCSIFNETMASK, named(device), "255.255.255.0");
  bring_up(control, device);
  bring_up(control, "lo");
  ::close(control);
  return end;
}

}  // namespace dftp::test
