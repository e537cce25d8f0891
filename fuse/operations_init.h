// What libfuse 3.14 never says to the kernel, put into its answer to INIT. Internal to operations*.cpp.
#pragma once

#include <sys/uio.h>

#include <cstdint>

#include "proto/wire/bytes.h"

namespace dftp::mount {

class InitPatch {
 public:
  // Looks at each request of the kernel.
  void see(Bytes request);
  // And at each answer, which is changed where it is the one to INIT.
  void change(iovec* pieces, int count);
  // Whether the kernel, once so told, maps files that are opened past its cache, and keeps what is written there.
  bool maps_direct() const;

 private:
  std::uint64_t unique_ = 0;  // number of the request, 0: there was none
  std::uint32_t offered_ = 0, offered2_ = 0, minor_ = 0;
};

}  // namespace dftp::mount
