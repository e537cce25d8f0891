#include "proto/digest/md5_compress.h"

namespace dftp {

constinit const LaneKernel md5_baseline = {"baseline", 8, compress<4, 2>};

}  // namespace dftp
