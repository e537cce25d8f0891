// Reading a file from beginning to end for its digests, on the disk pool.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>

#include "proto/digest/tree.h"
#include "proto/net/disk_pool.h"
#include "proto/storage/storage.h"
#include "proto/wire/limits.h"

namespace dftp {

// Gets each block of the file in turn, on the pool.
using TakeBlock = std::function<void(std::uint64_t offset, Bytes block)>;

// Some blocks a task, so that a large file leaves the pool's threads to others as well, and ends with Code::cancelled
// soon after `stop` (asked on the loop) says so. Code::changed when the file is shorter than `size`. `file` and the
// functions live in the awaiting coroutine.
net::Task<Result<void>> read_through(net::DiskPool& pool, ReadFile& file, std::uint64_t size, const TakeBlock& take,
                                     const std::function<bool()>& stop);

// The same for the root of the tree.
net::Task<Result<Digest>> hash_root(net::DiskPool& pool, ReadFile& file, std::uint64_t size,
                                    const std::function<bool()>& stop);
// And for the plain MD5.
net::Task<Result<Digest>> hash_whole(net::DiskPool& pool, ReadFile& file, std::uint64_t size,
                                     const std::function<bool()>& stop);

}  // namespace dftp
