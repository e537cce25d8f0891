// Errors in blocks: what `error` and `abort` carry.
#pragma once

#include <vector>

#include "proto/wire/block.h"

namespace dftp {

// At most limits::block_json, whatever the error says.
std::string error_json(const Error& error);
// The error that a payload tells, or what is wrong with the payload.
Error error_from(Bytes payload);

// Whole blocks. `type` is error or abort.
std::vector<std::byte> error_block(BlockType type, std::uint64_t id, const Error& error);

}  // namespace dftp
