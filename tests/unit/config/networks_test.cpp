#include "server/config/networks.h"

#include <gtest/gtest.h>

namespace dftp::server {
namespace {

struct InCase {
  std::string_view network, host;
  std::uint16_t port;
  bool in;
};

TEST(Networks, HoldAddressesAndPorts) {
  constexpr InCase cases[] = {
      {"10.0.0.0/8", "10.1.2.3", 2121, true},
      {"10.0.0.0/8", "11.1.2.3", 2121, false},
      {"10.0.0.0/8", "10.1.2.3", 22, false},
      {"10.0.0.0/8:22", "10.1.2.3", 22, true},
      {"192.0.2.7", "192.0.2.7", 2121, true},
      {"192.0.2.7", "192.0.2.8", 2121, false},
      {"192.0.2.4/30", "192.0.2.7", 2121, true},
      {"192.0.2.4/30", "192.0.2.8", 2121, false},
      {"0.0.0.0/0", "192.0.2.7", 2121, true},
      {"0.0.0.0/0", "fd00::1", 2121, false},
      {"10.0.0.0/8", "::ffff:10.1.2.3", 2121, true},
      {"fd00::/8", "fd12::1", 2121, true},
      {"[fd00::/8]:7", "fd12::1", 7, true},
      {"[fd00::/8]:7", "fe12::1", 7, false},
      {"::/0", "::1", 2121, true},
      {"10.0.0.0/8", "host.example", 2121, false},
  };
  for (const InCase& one : cases) {
    const auto network = parse_network(one.network);
    ASSERT_TRUE(network) << one.network;
    EXPECT_EQ(is_in({std::string(one.host), one.port, {}}, {{*network}}), one.in) << one.network << " " << one.host;
  }
  EXPECT_FALSE(is_in({"10.0.0.1", 2121, {}}, {}));
}

TEST(Networks, AreNumbers) {
  for (const char* text : {"", "host", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/", "10.0.0.1:0", "10.0.0.1:70000",
                           "[fd00::", "fd00::/129", "unix:/run/x", "[fd00::]x", "10.0.0"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace dftp::server
