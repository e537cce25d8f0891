#include "proto/storage/umask.h"

#include <fstream>
#include <string>

namespace dftp {
namespace {

// Asked of the system only by setting it, which other threads would notice. The kernel tells it of the process's first
// thread, which acts for nobody else (server/mount/acting.h).
std::uint32_t read_umask() {
  constexpr std::string_view label = "Umask:";
  constexpr std::uint32_t usual = 022;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(label)) return static_cast<std::uint32_t>(std::stoul(line.substr(label.size()), nullptr, 8));
  }
  return usual;
}

}  // namespace

std::uint32_t process_umask() {
  static const std::uint32_t umask = read_umask();
  return umask;
}

std::uint32_t new_file_mode() {
  return 0666 & ~process_umask();
}

std::uint32_t new_directory_mode() {
  return 0777 & ~process_umask();
}

}  // namespace dftp
