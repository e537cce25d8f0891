// The user file of a share on disk: STATE/users.toml.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "server/auth/users.h"

namespace dftp::server {

// The state directory, with those above it, for its owner only. One that is there is left as it is.
Result<void> make_state(const std::filesystem::path& state);

// Nobody, when there is no such file.
Result<Users> read_users(const std::filesystem::path& state);
// The same with all problems, and the users as far as they could be read.
Users read_users(const std::filesystem::path& state, Problems& problems);

// Reads the users, lets `change` change them and writes them back durably; nothing is written when it fails. Calls wait
// for each other, across processes too, so that no change is lost.
Result<void> change_users(const std::filesystem::path& state, const std::function<Result<void>(Users&)>& change);

// The users as of now, parsed again only when the file has changed. Thread-safe.
class UserCache {
 public:
  explicit UserCache(std::filesystem::path state) : state_(std::move(state)) {}
  // Blocks.
  Result<std::shared_ptr<const Users>> get();
  // Reads them anew even if the file looks the same. Blocks.
  Result<std::shared_ptr<const Users>> read_anew();

  // Another number whenever the file was read anew. Never waits, as the next one does.
  std::uint64_t generation() const { return generation_; }
  // Whether get() found exactly this user the last time that it could read the file: half of a change, or a mistake in
  // it, takes nobody anything away.
  bool holds(const User& user) const;

 private:
  Result<std::shared_ptr<const Users>> read(bool anew);

  const std::filesystem::path state_;
  std::mutex mutex_;
  // State below is protected by mutex_.
  std::optional<struct stat> seen_;  // what was read; all zero when it was not there
  Result<std::shared_ptr<const Users>> users_ = std::make_shared<const Users>();

  std::atomic<std::uint64_t> generation_{1};
  mutable std::mutex good_mutex_;
  std::shared_ptr<const Users> good_;  // protected by good_mutex_; nullptr: none could be read yet
};

}  // namespace dftp::server
