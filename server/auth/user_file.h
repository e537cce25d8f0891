// The user file of a share on disk: STATE/users.toml.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>

#include "server/auth/users.h"

namespace dftp {

// The state directory, with those above it, for its owner only. One that is there is left as it is.
Result<void> make_state(const std::filesystem::path& state);

// Nobody, when there is no such file.
Result<Users> read_users(const std::filesystem::path& state);

// Reads the users, lets `change` change them and writes them back durably; nothing is written when it fails. Calls wait
// for each other, across processes too, so that no change is lost.
Result<void> change_users(const std::filesystem::path& state, const std::function<Result<void>(Users&)>& change);

// The users as of now, parsed again only when the file has changed. Thread-safe.
class UserCache {
 public:
  explicit UserCache(std::filesystem::path state) : state_(std::move(state)) {}
  Result<std::shared_ptr<const Users>> get();

 private:
  const std::filesystem::path state_;
  std::mutex mutex_;
  // State below is protected by mutex_.
  struct stat seen_{};
  Result<std::shared_ptr<const Users>> users_ = std::make_shared<const Users>();
};

}  // namespace dftp
