#include "proto/storage/content.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "proto/storage/descriptor.h"
#include "proto/wire/limits.h"
#include "proto/wire/time_ns.h"

namespace dftp::content {
namespace {

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::file;
  if (S_ISDIR(mode)) return FileType::directory;
  if (S_ISLNK(mode)) return FileType::symlink;
  return FileType::other;
}

// For file systems that cannot punch holes.
Result<void> write_zeros(int file, std::uint64_t offset, std::uint64_t length, const std::string& where) {
  static constexpr std::array<std::byte, 64 * 1024> zeros{};
  while (length > 0) {
    const std::size_t part = std::min<std::uint64_t>(length, zeros.size());
    if (auto written = write(file, offset, Bytes(zeros).first(part), where); !written) return written;
    offset += part;
    length -= part;
  }
  return {};
}

}  // namespace

Result<void> check_range(std::uint64_t offset, std::uint64_t length, const std::string& where) {
  if (offset <= limits::file_bytes && length <= limits::file_bytes - offset) return {};
  return fail(Code::too_large, where, "a file holds at most " + std::to_string(limits::file_bytes) + " bytes");
}

Attributes attributes_from(const struct ::stat& status) {
  return {.type = type_of(status.st_mode),
          .size = static_cast<std::uint64_t>(status.st_size),
          .mtime_ns = nanoseconds_of(status.st_mtim.tv_sec, status.st_mtim.tv_nsec),
          .ctime_ns = nanoseconds_of(status.st_ctim.tv_sec, status.st_ctim.tv_nsec),
          .inode = status.st_ino,
          .mode = status.st_mode & 07777u,
          .links = static_cast<std::uint32_t>(status.st_nlink),
          .uid = status.st_uid,
          .gid = status.st_gid,
          .allocated = static_cast<std::uint64_t>(status.st_blocks) * 512};
}

timespec time_from(std::int64_t ns) {
  const auto time = seconds_and_nanoseconds(ns);
  return {.tv_sec = time.seconds, .tv_nsec = time.nanoseconds};
}

Result<Attributes> attributes(int file, const std::string& where) {
  struct ::stat status;
  if (::fstat(file, &status) != 0) return fail_errno(errno, where);
  return attributes_from(status);
}

Result<std::size_t> read(int file, std::uint64_t offset, MutableBytes out, const std::string& where) {
  std::size_t done = 0;
  // Nothing is beyond this, and the kernel would not say so but refuse the sum.
  const std::uint64_t possible = limits::file_bytes - std::min(offset, limits::file_bytes);
  out = out.first(std::min<std::uint64_t>(out.size(), possible));
  while (done < out.size()) {
    const MutableBytes rest = out.subspan(done);
    const ssize_t got =
        uninterrupted([&] { return ::pread(file, rest.data(), rest.size(), static_cast<off_t>(offset + done)); });
    if (got < 0) return fail_errno(errno, where);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::size_t read_cached(int file, std::uint64_t offset, MutableBytes out) {
  if (offset > limits::file_bytes || out.size() > limits::file_bytes - offset) return 0;
  const iovec whole{.iov_base = out.data(), .iov_len = out.size()};
  auto got = ::preadv2(file, &whole, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  // tmpfs does not know the flag, and need not: it has no disk.
  struct ::statfs system;
  if (got < 0 && errno == EOPNOTSUPP && ::fstatfs(file, &system) == 0 && system.f_type == TMPFS_MAGIC)
    got = ::pread(file, out.data(), out.size(), static_cast<off_t>(offset));
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Result<void> write(int file, std::uint64_t offset, Bytes data, const std::string& where) {
  if (auto valid = check_range(offset, data.size(), where); !valid) return valid;
  while (!data.empty()) {
    const ssize_t put =
        uninterrupted([&] { return ::pwrite(file, data.data(), data.size(), static_cast<off_t>(offset)); });
    if (put < 0) return fail_errno(errno, where);
    offset += static_cast<std::uint64_t>(put);
    data = data.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<Extent> extent_at(int file, std::uint64_t offset, const std::string& where) {
  auto known = attributes(file, where);
  if (!known) return std::unexpected(known.error());
  const std::uint64_t size = known->size;
  if (offset >= size) return Extent{.offset = offset};
  const off_t at = static_cast<off_t>(offset);
  const off_t data = ::lseek(file, at, SEEK_DATA);
  if (data < 0 && errno == ENXIO) return Extent{offset, size - offset, true};  // nothing but a hole from here on
  if (data < 0 && errno == EINVAL) return Extent{offset, size - offset, false};
  if (data < 0) return fail_errno(errno, where);
  if (data > at) return Extent{offset, static_cast<std::uint64_t>(data) - offset, true};
  const off_t hole = ::lseek(file, at, SEEK_HOLE);
  if (hole < 0 && errno != ENXIO) return fail_errno(errno, where);
  // ENXIO: it was truncated in between.
  return Extent{offset, hole < 0 ? 0 : static_cast<std::uint64_t>(hole) - offset, false};
}

Result<void> zero(int file, std::uint64_t offset, std::uint64_t length, const std::string& where) {
  if (auto valid = check_range(offset, length, where); !valid) return valid;
  if (length == 0) return {};
  auto known = attributes(file, where);
  if (!known) return std::unexpected(known.error());
  const std::uint64_t end = offset + length;
  if (end > known->size) {
    if (auto extended = truncate(file, end, where); !extended) return extended;
  }
  const std::uint64_t old = std::min(end, known->size);
  if (offset >= old) return {};
  const int punch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  const off_t from = static_cast<off_t>(offset), count = static_cast<off_t>(old - offset);
  if (uninterrupted([&] { return ::fallocate(file, punch, from, count); }) == 0) return {};
  if (errno != EOPNOTSUPP && errno != ENOSYS) return fail_errno(errno, where);
  return write_zeros(file, offset, old - offset, where);
}

Result<void> truncate(int file, std::uint64_t size, const std::string& where) {
  if (auto valid = check_range(size, 0, where); !valid) return valid;
  if (uninterrupted([&] { return ::ftruncate(file, static_cast<off_t>(size)); }) != 0) return fail_errno(errno, where);
  return {};
}

Result<void> sync(int file, const std::string& where) {
  if (uninterrupted([&] { return ::fsync(file); }) != 0) return fail_errno(errno, where);
  return {};
}

}  // namespace dftp::content
