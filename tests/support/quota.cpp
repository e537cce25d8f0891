// Preloaded into a program, gives it a quota: after DFTP_TEST_QUOTA bytes each pwrite() fails as on a file system whose
// quota is used up. Kernels without quota support are common, so this stands in for one.
#include <dlfcn.h>
#include <sys/types.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

std::atomic<long long>& left() {
  static std::atomic<long long> bytes = std::atoll(std::getenv("DFTP_TEST_QUOTA"));
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

extern "C" ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  return limited("pwrite", file, data, size, offset);
}

extern "C" ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  return limited("pwrite64", file, data, size, offset);
}
