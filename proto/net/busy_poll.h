// What loops do while they stay awake (docs/decisions/0011), counted for tests.
#pragma once

#include <cstdint>

namespace dftp::net {

// How often the loops of this thread looked for an event instead of sleeping until one came.
std::uint64_t busy_polls();

}  // namespace dftp::net
