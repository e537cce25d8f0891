// Whom limits count for that are not a user's.
#pragma once

#include <string>
#include <string_view>

namespace dftp::server {

// Where a connection comes from, as Stream::peer() writes it, without what its owner chooses at will: an IPv4 address,
// the /64 of an IPv6 address ("2001:db8::/64"), the user of a UNIX socket ("unix:1000"). Pure.
std::string source_of(std::string_view peer);

}  // namespace dftp::server
