// Storage in memory, for tests: the same contract (tests/contract/), nothing on disk.
#pragma once

#include "proto/storage/storage.h"

namespace dftp {

std::unique_ptr<Storage> make_memory_storage();

}  // namespace dftp
