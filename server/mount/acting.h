// On whose behalf a thread makes its system calls: the file system's user, groups and umask are the thread's own in
// Linux, if one asks the kernel and not the C library.
#pragma once

#include <cerrno>
#include <optional>
#include <utility>

#include "proto/wire/mount_message.h"

namespace dftp::server {

// True where the server may make system calls as somebody else.
bool can_act();

// Until it ends, this thread acts as `caller`, or as the server's own user when there is none. Nothing may be awaited
// meanwhile.
class Acting {
 public:
  // New files get exactly the bits that `umask` leaves.
  explicit Acting(const std::optional<fs::Caller>& caller, std::uint32_t umask);
  ~Acting();
  Acting(const Acting&) = delete;
  Acting& operator=(const Acting&) = delete;

  // False when the kernel does not let it: there is no such user in this name space.
  explicit operator bool() const { return became_; }

 private:
  const bool as_other_;
  const std::uint32_t umask_before_;
  bool became_ = true;
};

// `call` on the caller's behalf; it returns a negative number and sets errno when it fails.
template <class Call>
auto acting_as(const std::optional<fs::Caller>& caller, std::uint32_t umask, Call call) {
  const Acting acting(caller, umask);
  if (acting) return call();
  errno = EPERM;
  return static_cast<decltype(call())>(-1);
}
template <class Call>
auto acting_as(const std::optional<fs::Caller>& caller, Call call) {
  return acting_as(caller, 0, std::move(call));
}

constexpr std::uint32_t set_id_bits = 06000;  // of a file's mode

// Until it ends, what this thread writes to or truncates loses its set-id bits, as it does for every ordinary user: a
// server that is root would leave them on what a client has filled with its own bytes.
class WithoutSetIds {
 public:
  // `needed`: false where it is known that there are none; it spares four system calls.
  explicit WithoutSetIds(bool needed = true);
  ~WithoutSetIds();
  WithoutSetIds(const WithoutSetIds&) = delete;
  WithoutSetIds& operator=(const WithoutSetIds&) = delete;

 private:
  bool taken_ = false;
};

}  // namespace dftp::server
