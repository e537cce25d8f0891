// One read or write of a mount's data connection, as the disk sees it, and the frame that answers it.
#pragma once

#include <memory>

#include "server/mount/mount_frame_reader.h"
#include "server/mount/mount_state.h"

namespace dftp::server {

// A frame on its way out.
struct AnswerFrame {
  std::unique_ptr<std::byte[]> memory;
  std::size_t size = 0;
  Bytes bytes() const { return {memory.get(), size}; }
};

// With an MD5 for each leaf, where the connection does not protect what it carries.
enum class Check { none, digests };

AnswerFrame failed_frame(std::uint64_t request, const Error& error);
AnswerFrame alive_frame(std::uint64_t request);
// A kept answer, which has the number of the first request, for this one.
AnswerFrame kept_frame(std::uint64_t request, std::string_view kept);

// What can be answered without waiting for a disk; nullopt: ask read_frame().
std::optional<AnswerFrame> read_frame_at_once(MountState& mount, const MountFrame& frame, std::uint32_t count,
                                              Check check);
// Blocks.
AnswerFrame read_frame(MountState& mount, const MountFrame& frame, std::uint32_t count, Check check);
// Blocks. The same append again gets the same answer.
AnswerFrame write_frame(MountState& mount, const ReceivedFrame& received, Check check);

}  // namespace dftp::server
