// What is mounted where, as the kernel lists it. Nothing here looks into a mounted file system: one whose server or
// process is gone would hang or fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dftp {

struct MountEntry {
  std::string directory;  // absolute
  std::string type;       // "fuse.dftp"
  std::string device;     // "0:52"
};

// The lines of /proc/self/mountinfo, in the order of mounting. Pure.
std::vector<MountEntry> parse_mountinfo(std::string_view text);
// Those of this process now; none where there is no /proc.
std::vector<MountEntry> mount_table();

}  // namespace dftp
