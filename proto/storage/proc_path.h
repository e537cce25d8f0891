// The one name that every open file has, for calls that take no descriptor, or none of the kind O_PATH. The kernel goes
// to the file itself and not along its path; a link that is open is not followed.
#pragma once

#include <string>

namespace dftp {

inline std::string proc_path(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace dftp
