#if defined(__x86_64__)

#include "proto/digest/md5_compress.h"

namespace dftp {

constinit const LaneKernel md5_avx2 = {"avx2", 16, compress<8, 2>};

}  // namespace dftp

#endif
