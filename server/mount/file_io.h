// One read or write of a mount's data connection, as the disk sees it, and the block that answers it.
#pragma once

#include <memory>

#include "server/mount/mount_block_reader.h"
#include "server/mount/mount_state.h"

namespace dftp::server {

// A block on its way out.
struct AnswerBlock {
  std::unique_ptr<std::byte[]> memory;
  std::size_t size = 0;
  Bytes bytes() const { return {memory.get(), size}; }
};

// With an MD5 for each leaf, where the connection does not protect what it carries.
enum class Check { none, digests };

AnswerBlock error_answer(std::uint64_t request, const Error& error);
AnswerBlock abort_answer(const Error& error);
AnswerBlock alive_answer(std::uint64_t request);
// A kept answer, which has the number of the first request, for this one.
AnswerBlock kept_answer(std::uint64_t request, std::string_view kept);

// What can be answered without waiting for a disk; nullopt: ask read_answer().
std::optional<AnswerBlock> read_answer_at_once(MountState& mount, const MountBlock& block, std::uint32_t count,
                                               Check check);
// Blocks.
AnswerBlock read_answer(MountState& mount, const MountBlock& block, std::uint32_t count, Check check);
// Blocks. The same append again gets the same answer.
AnswerBlock write_answer(MountState& mount, const ReceivedMountBlock& received, Check check);

}  // namespace dftp::server
