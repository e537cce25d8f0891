#include "fuse/caller_descriptors.h"

#include <filesystem>
#include <fstream>
#include <string>

namespace dftp::mount {

bool has_open(pid_t thread, std::uint64_t inode) {
  const std::string wanted = "ino:\t" + std::to_string(inode);
  std::error_code error;
  std::filesystem::directory_iterator next("/proc/" + std::to_string(thread) + "/fdinfo", error);
  for (const std::filesystem::directory_iterator end; !error && next != end; next.increment(error)) {
    std::ifstream info(next->path());
    for (std::string line; std::getline(info, line);) {
      if (line == wanted) return true;
    }
  }
  return false;
}

}  // namespace dftp::mount
