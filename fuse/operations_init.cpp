#include "fuse/operations_init.h"

#include <algorithm>
#include <cstring>

namespace dftp::mount {
namespace {

// Of the kernel's protocol (linux/fuse.h).
struct InHeader {
  std::uint32_t length, opcode;
  std::uint64_t unique;
  std::uint32_t rest[6];
};
struct InitIn {
  std::uint32_t major, minor, max_readahead, flags, flags2;
};
struct OutHeader {
  std::uint32_t length;
  std::int32_t error;
  std::uint64_t unique;
};
struct InitOut {
  std::uint32_t major, minor, max_readahead, flags;
  std::uint16_t max_background, congestion_threshold;
  std::uint32_t max_write, time_gran;
  std::uint16_t max_pages, map_alignment;
  std::uint32_t flags2;
};
constexpr std::uint32_t opcode_init = 26;

// Lookups in one directory may run side by side. The server takes set-id bits away by itself, so that a write need not
// ask for capabilities first. Files that are read without the page cache may be mapped.
constexpr std::uint32_t parallel_dirops = 1u << 18, handle_killpriv_v2 = 1u << 28, init_ext = 1u << 30;
constexpr std::uint32_t direct_io_allow_mmap = 1u << 4;  // of flags2
// Linux 6.9. Before, what was written to such a mapping could be lost.
constexpr std::uint32_t direct_mmap_works = 40;

}  // namespace

void InitPatch::see(Bytes request) {
  InHeader header;
  InitIn init{};
  if (request.size() < sizeof header) return;
  std::memcpy(&header, request.data(), sizeof header);
  if (header.opcode != opcode_init) return;
  std::memcpy(&init, request.data() + sizeof header, std::min(sizeof init, request.size() - sizeof header));
  unique_ = header.unique;
  minor_ = init.minor;
  offered_ = init.flags;
  offered2_ = init.flags & init_ext ? init.flags2 : 0;
}

bool InitPatch::maps_direct() const {
  return minor_ >= direct_mmap_works && offered2_ & direct_io_allow_mmap;
}

void InitPatch::change(iovec* pieces, int count) {
  if (unique_ == 0 || count != 2 || pieces[0].iov_len < sizeof(OutHeader) || pieces[1].iov_len < sizeof(InitOut))
    return;
  OutHeader header;
  std::memcpy(&header, pieces[0].iov_base, sizeof header);
  if (header.unique != unique_ || header.error != 0) return;
  unique_ = 0;
  InitOut init;
  std::memcpy(&init, pieces[1].iov_base, sizeof init);
  init.flags |= offered_ & (parallel_dirops | handle_killpriv_v2);
  if (init.flags & init_ext) init.flags2 |= offered2_ & direct_io_allow_mmap;
  std::memcpy(pieces[1].iov_base, &init, sizeof init);
}

}  // namespace dftp::mount
