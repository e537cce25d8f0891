// Blocks of docs/protocol/core.md, "Blocks", read one after another from a stream.
#pragma once

#include <vector>

#include "proto/net/stream.h"
#include "proto/wire/block.h"

namespace dftp::net {

// `begun` is what has been read of it already. Errors are those of decode_block_header() and of the stream.
Task<Result<BlockHeader>> read_block_header(Stream& stream, Carries carries, Bytes begun = {});

// What follows a header; `length` is one that decode_block_header() has let through.
Task<Result<std::vector<std::byte>>> read_payload(Stream& stream, std::uint32_t length);

}  // namespace dftp::net
