// Runs a test's body on a thread of its own, for which the kernel behaves differently. Everything ends with the thread.
// Each returns false, without running it, when this machine does not allow that: skip the test then.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace dftp::one_thread {

using Body = std::function<void()>;

struct Refusal {
  long call;
  int error;
  unsigned argument = 0;  // counted from 0; with `flags`: only calls that have one of these bits set in it
  unsigned flags = 0;
};
// These system calls fail, like on a file system or kernel that does not have them.
bool refusing(const std::vector<Refusal>& calls, const Body& body);

// As an ordinary user to whom `directory` belongs; as the user who runs the tests unless that is root.
bool unprivileged(const std::string& directory, const Body& body);

// With a file system mounted on `directory` that nobody else sees: "tmpfs" with its options, or "proc".
bool mounted(const std::string& type, const std::string& directory, const std::string& options, const Body& body);
// Changes the one mounted so, from within.
bool remount_read_only(const std::string& directory);

}  // namespace dftp::one_thread
