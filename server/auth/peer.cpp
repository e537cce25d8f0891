#include "server/auth/peer.h"

#include <pwd.h>

#include <cerrno>
#include <vector>

namespace dftp::server {

std::string login_name(std::uint32_t uid) {
  // The system names no limit for an entry; this is one that a mistaken directory service cannot pass.
  constexpr std::size_t max = 1024 * 1024;
  for (std::vector<char> buffer(1024); buffer.size() <= max; buffer.resize(buffer.size() * 2)) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    if (error != ERANGE) return found ? entry.pw_name : "";
  }
  return "";
}

}  // namespace dftp::server
