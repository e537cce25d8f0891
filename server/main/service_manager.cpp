#include "server/main/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace dftp::server {
namespace {

constexpr int first_socket = 3;  // SD_LISTEN_FDS_START
constexpr int max_sockets = 256;

std::string text_of(const char* value) {
  return value ? value : "";
}

std::uint64_t number_in(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() ? number : 0;
}

bool is_for_this_process(const std::string& pid) {
  return number_in(pid) == static_cast<std::uint64_t>(::getpid());
}

std::string address_in(std::string text) {
  const bool usable =
      text.size() > 1 && text.size() < sizeof(sockaddr_un::sun_path) && (text.front() == '/' || text.front() == '@');
  if (!usable) return {};
  if (text.front() == '@') text.front() = '\0';
  return text;
}

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager manager;
  manager.address_ = address_in(text_of(std::getenv("NOTIFY_SOCKET")));
  const std::string watched = text_of(std::getenv("WATCHDOG_PID"));
  if (watched.empty() || is_for_this_process(watched))
    manager.watchdog_ = std::chrono::microseconds(number_in(text_of(std::getenv("WATCHDOG_USEC"))));
  std::uint64_t sockets = number_in(text_of(std::getenv("LISTEN_FDS")));
  if (!is_for_this_process(text_of(std::getenv("LISTEN_PID")))) sockets = 0;
  for (const char* name :
       {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"})
    ::unsetenv(name);
  const int end = first_socket + static_cast<int>(std::min<std::uint64_t>(sockets, max_sockets));
  for (int number = first_socket; number < end; ++number) {
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
    manager.sockets_.emplace_back(number);
  }
  return manager;
}

void ServiceManager::tell(const std::string& lines) const {
  if (address_.empty()) return;
  const net::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  (void)::sendto(socket.get(), lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
                 length);
}

}  // namespace dftp::server
