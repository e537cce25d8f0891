#include "tests/support/one_thread.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace dftp::one_thread {
namespace {

constexpr uid_t nobody = 65534;
static_assert(std::endian::native == std::endian::little, "where seccomp finds the lower half of an argument");

bool run(const std::function<bool()>& prepare, const Body& body) {
  bool prepared = false;
  std::thread([&] {
    prepared = prepare();
    if (prepared) body();
  }).join();
  return prepared;
}

bool refuse(const std::vector<Refusal>& calls) {
  std::vector<sock_filter> program;
  for (const auto& [call, error, argument, flags] : calls) {
    // The lower half of an argument, as this machine has it in memory.
    const auto low = static_cast<unsigned>(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, static_cast<std::uint8_t>(flags ? 3 : 1)));
    if (flags) {
      program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, low));
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace

bool refusing(const std::vector<Refusal>& calls, const Body& body) {
  return run([&] { return refuse(calls); }, body);
}

bool unprivileged(const std::string& directory, const Body& body) {
  if (::geteuid() != 0) return run([] { return true; }, body);
  if (::chown(directory.c_str(), nobody, static_cast<gid_t>(-1)) != 0) return false;
  // The library's setresuid() would change all threads.
  return run([] { return ::syscall(SYS_setresuid, nobody, nobody, nobody) == 0; }, body);
}

bool mounted(const std::string& type, const std::string& directory, const std::string& options, const Body& body) {
  const auto mount = [&] {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", directory.c_str(), type.c_str(), 0, options.c_str()) == 0;
  };
  return run(mount, body);
}

bool remount_read_only(const std::string& directory) {
  return ::mount("none", directory.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0;
}

}  // namespace dftp::one_thread
