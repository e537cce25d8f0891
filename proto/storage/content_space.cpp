// Content that takes space in bulk: whether there is room for it, and copying a whole file.
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "proto/storage/content.h"
#include "proto/storage/descriptor.h"

namespace dftp::content {
namespace {

constexpr std::size_t copy_buffer = 256 * 1024;

Result<std::uint64_t> copy_by_hand(int from, int to, Extent range, const std::string& where) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(copy_buffer, range.length));
  std::uint64_t copied = 0;
  while (copied < range.length) {
    const std::size_t part = std::min<std::uint64_t>(buffer.size(), range.length - copied);
    auto got = read(from, range.offset + copied, MutableBytes(buffer).first(part), where);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) break;
    if (auto put = write(to, range.offset + copied, Bytes(buffer).first(*got), where); !put)
      return std::unexpected(put.error());
    copied += *got;
  }
  return copied;
}

}  // namespace

Result<void> check_room(int file, std::uint64_t size, const std::string& where) {
  if (auto valid = check_range(0, size, where); !valid) return valid;
  auto known = attributes(file, where);
  if (!known) return std::unexpected(known.error());
  if (size <= known->allocated) return {};
  struct ::statfs disk;
  if (::fstatfs(file, &disk) != 0) return fail_errno(errno, where);
  const std::uint64_t needed = size - known->allocated;
  const std::uint64_t available = static_cast<std::uint64_t>(disk.f_bavail) * static_cast<std::uint64_t>(disk.f_frsize);
  // A file system of no size, like a tmpfs without a limit, does not say what is available.
  if (disk.f_blocks == 0 || needed <= available) return {};
  return fail(Code::no_space, where,
              std::to_string(needed) + " bytes are needed and " + std::to_string(available) + " are available");
}

Result<std::uint64_t> copy_range(int from, int to, Extent range, const std::string& where) {
  std::uint64_t copied = 0;
  while (copied < range.length) {
    off_t in = static_cast<off_t>(range.offset + copied), out = in;
    const std::uint64_t left = range.length - copied;
    const ssize_t part = uninterrupted([&] { return ::copy_file_range(from, &in, to, &out, left, 0); });
    if (part <= 0) {
      // Whatever the reason is, the slow way either does without it or reports it.
      auto rest = copy_by_hand(from, to, {range.offset + copied, left}, where);
      if (!rest) return rest;
      return copied + *rest;
    }
    copied += static_cast<std::uint64_t>(part);
  }
  return copied;
}

Result<void> copy(int from, int to, std::uint64_t max, const std::string& where) {
  if (auto emptied = truncate(to, 0, where); !emptied) return emptied;
  auto known = attributes(from, where);
  if (!known) return std::unexpected(known.error());
  const auto size = std::min(known->size, max);
  const bool cloned = ::ioctl(to, FICLONE, from) == 0;
  if (auto sized = truncate(to, size, where); !sized || cloned) return sized;
  for (std::uint64_t offset = 0; offset < size;) {
    auto extent = extent_at(from, offset, where);
    if (!extent) return std::unexpected(extent.error());
    if (extent->length == 0) break;  // it became shorter meanwhile
    extent->length = std::min(extent->length, size - offset);
    if (!extent->hole) {
      if (auto copied = copy_range(from, to, *extent, where); !copied) return std::unexpected(copied.error());
    }
    offset += extent->length;
  }
  return {};
}

}  // namespace dftp::content
