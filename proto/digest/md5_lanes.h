// The queue that keeps a kernel's lanes full, and the choice of the kernel. Internal to this room, its tests and its
// benchmark; others call md5_many.
#pragma once

#include <span>

#include "proto/digest/md5.h"
#include "proto/digest/md5_kernel.h"

namespace dftp {

// The kernels that this CPU runs, the fastest first; never empty.
std::span<const LaneKernel* const> lane_kernels();

// md5_many by this kernel, which the CPU must support.
void md5_many_by(const LaneKernel& kernel, std::span<const Bytes> messages, std::span<Digest> digests);

}  // namespace dftp
