// Storage in memory, for tests: the same contract (tests/contract/), nothing on disk.
#pragma once

#include "proto/storage/storage.h"

namespace dftp {

// `capacity` in bytes: what is over it is Code::no_space.
std::unique_ptr<Storage> make_memory_storage(std::uint64_t capacity = std::uint64_t{1} << 40);

}  // namespace dftp
