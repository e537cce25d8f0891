#include "proto/wire/exec.h"

#include "proto/wire/big_endian.h"
#include "proto/wire/limits.h"

namespace dftp {

std::array<std::byte, exec_header_bytes> encode_exec_header(const ExecBlockHeader& header) {
  std::array<std::byte, exec_header_bytes> out{};
  put_big_endian(header.length, out.data());
  out[4] = static_cast<std::byte>(header.type);
  return out;
}

Result<ExecBlockHeader> decode_exec_header(std::span<const std::byte, exec_header_bytes> in) {
  const auto type = std::to_integer<std::uint8_t>(in[4]);
  const bool known = type >= static_cast<std::uint8_t>(ExecBlockType::input) &&
                     type <= static_cast<std::uint8_t>(ExecBlockType::alive);
  if (!known || in[5] != std::byte{} || in[6] != std::byte{} || in[7] != std::byte{})
    return fail(Code::protocol, "block", "no block of a command");
  const ExecBlockHeader header{get_big_endian<std::uint32_t>(in.data()), static_cast<ExecBlockType>(type)};
  if (header.length > limits::exec_payload) return fail(Code::too_large, "block", "longer than a block may be");
  return header;
}

}  // namespace dftp
