#if defined(__x86_64__)

#include "proto/digest/md5_compress.h"

namespace dftp {

constinit const LaneKernel md5_avx512 = {"avx512", 16, compress<16, 1>};

}  // namespace dftp

#endif
