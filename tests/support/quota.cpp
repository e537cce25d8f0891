// Preloaded into a program, gives it a quota: after DFTP_TEST_QUOTA bytes each pwrite() and copy_file_range() fails as on a file system whose
// quota is used up. Kernels without quota support are common, so this stands in for one.
#include <dlfcn.h>
#include <sys/types.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<long long>& left() {
  static const char* const quota = std::getenv("DFTP_TEST_QUOTA");
  static std::atomic<long long> bytes = quota ? std::atoll(quota) : 0;
  return bytes;
}

ssize_t limited(const char* name, int file, const void* data, size_t size, off64_t offset) {
  using Write = ssize_t (*)(int, const void*, size_t, off64_t);
  if (left().fetch_sub(static_cast<long long>(size)) < static_cast<long long>(size)) {
    errno = EDQUOT;
    return -1;
  }
  return reinterpret_cast<Write>(dlsym(RTLD_NEXT, name))(file, data, size, offset);
}

}  // namespace

extern "C" ssize_t copy_file_range(int in, off64_t* in_offset, int out, off64_t* out_offset, size_t n, unsigned flags) {
  using Copy = ssize_t (*)(int, off64_t*, int, off64_t*, size_t, unsigned);
  if (left().load() < static_cast<long long>(n)) {
    errno = EDQUOT;
    return -1;
  }
  left().fetch_sub(static_cast<long long>(n));
  return reinterpret_cast<Copy>(dlsym(RTLD_NEXT, "copy_file_range"))(in, in_offset, out, out_offset, n, flags);
}

// Named as in <unistd.h>.
extern "C" ssize_t pwrite(int fd, const void* buf, size_t n, off_t offset) {
  return limited("pwrite", fd, buf, n, offset);
}

extern "C" ssize_t pwrite64(int fd, const void* buf, size_t n, off64_t offset) {
  return limited("pwrite64", fd, buf, n, offset);
}
