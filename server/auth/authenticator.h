// Who may come in, and as what. Blocking (it reads the user file and computes scrypt): call it on the pool.
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "proto/wire/message.h"
#include "server/auth/user_file.h"

namespace dftp::server {

// What a session is after its login.
struct Principal {
  std::string user;  // `anonymous_user` for an anonymous login
  RemotePath home;   // beneath the shared root: the user sees nothing above it
  bool write = false;
  bool act_as = false;           // in a mount, as any user of this machine
  std::uint64_t limit_rate = 0;  // bytes a second of file data, each way; 0: none
  bool talk = false;             // to others
  // What the login rests on; nullptr: on no user of the share (anonymous, the server's own user).
  std::shared_ptr<const User> record = nullptr;
};

// What the connection itself proves.
struct LoginContext {
  std::optional<std::array<std::byte, 32>> exporter;  // TLS exporter "EXPORTER-dftp-login"
  std::optional<std::uint32_t> peer_uid;              // UNIX socket: the kernel's word
};

struct LoginPolicy {
  bool anonymous = false;  // anonymous, reading only
  bool read_only = false;  // nobody writes
  bool talk = true;        // users may, but for those who may not
  friend bool operator==(const LoginPolicy&, const LoginPolicy&) = default;
};

class Authenticator {
 public:
  Authenticator(std::filesystem::path state, LoginPolicy policy);

  // Methods on offer on such a connection, for `hello`.
  std::vector<std::string> methods(bool unix_socket) const;
  // Code::login_failed, in the same words and time, whatever was wrong. The user file is read anew when it changed.
  // Thread-safe.
  Result<Principal> login(const Login& login, const LoginContext& context) const;
  // What login() keeps to itself: why the user file cannot be used (its name and line are in the error). Nobody can log
  // in then. For the start and for the log. Thread-safe.
  Result<void> check() const;
  // The same after the user file was read anew even if it looks the same. Blocks.
  Result<void> read_anew() const;
  // For the logins from now on; who is here is looked at anew. Thread-safe.
  void change(LoginPolicy policy);
  LoginPolicy policy() const;
  // Another number whenever users or the policy may have changed. Never waits, as the next one does.
  std::uint64_t generation() const { return users_->generation() + changes_; }
  // Whether what a login rested on is so still, as far as the user file was read.
  bool holds(const User* record) const { return !record || users_->holds(*record); }
  // Whether the policy of now lets somebody go on who came in as this user, and with the right to write or without.
  // Fewer rights than it would give now are no reason to end anything.
  bool permits(const std::string& user, bool write) const;

 private:
  mutable std::mutex mutex_;
  LoginPolicy policy_;  // protected by mutex_
  std::atomic<std::uint64_t> changes_{0};
  std::shared_ptr<UserCache> users_;
};

}  // namespace dftp::server
