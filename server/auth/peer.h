// Who a process at the other end of a UNIX socket is.
#pragma once

#include <cstdint>
#include <string>

namespace dftp::server {

// The login name of `uid`; empty when the system has none. Thread-safe.
std::string login_name(std::uint32_t uid);

}  // namespace dftp::server
