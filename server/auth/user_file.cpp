#include "server/auth/user_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <tuple>

#include "server/auth/text_file.h"

namespace dftp::server {
namespace {

// 100,000 users with a key each; a mistaken path must not be read for ever.
constexpr std::size_t file_bytes = 32 * 1024 * 1024;

std::filesystem::path file_in(const std::filesystem::path& state) {
  return state / "users.toml";
}

// Held until the descriptor is closed. The lock is a file of its own: users.toml itself is replaced by each change.
Result<Descriptor> lock(const std::filesystem::path& state) {
  const std::filesystem::path path = state / "users.lock";
  auto file = open_private(path, O_RDWR);
  if (!file) return file;
  if (uninterrupted([&] { return ::flock(file->number(), LOCK_EX); }) != 0) return fail_errno(errno, path);
  return file;
}

auto identity(const struct stat& status) {
  const auto ns = [](const timespec& time) { return std::tuple(time.tv_sec, time.tv_nsec); };
  return std::tuple(status.st_dev, status.st_ino, status.st_size, ns(status.st_mtim), ns(status.st_ctim));
}

}  // namespace

Result<void> make_state(const std::filesystem::path& state) {
  std::error_code error;
  if (state.has_parent_path()) std::filesystem::create_directories(state.parent_path(), error);
  if (error) return fail_errno(error.value(), state.parent_path());
  if (::mkdir(state.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, state);
  return {};
}

Users read_users(const std::filesystem::path& state, Problems& problems) {
  const std::filesystem::path path = file_in(state);
  const auto text = read_text(path, file_bytes);
  if (text) return parse_users(*text, path.native(), problems);
  if (text.error().code != Code::not_found) problems.push_back(text.error());
  return Users();
}

Result<Users> read_users(const std::filesystem::path& state) {
  Problems problems;
  auto users = read_users(state, problems);
  return unless(std::move(problems), std::move(users));
}

Result<void> change_users(const std::filesystem::path& state, const std::function<Result<void>(Users&)>& change) {
  if (auto made = make_state(state); !made) return made;
  const auto locked = lock(state);
  if (!locked) return std::unexpected(locked.error());
  auto users = read_users(state);
  if (!users) return std::unexpected(std::move(users.error()));
  if (auto changed = change(*users); !changed) return changed;
  return replace_text(file_in(state), text_of(*users));
}

Result<std::shared_ptr<const Users>> UserCache::get() {
  return read(false);
}

Result<std::shared_ptr<const Users>> UserCache::read_anew() {
  return read(true);
}

bool UserCache::holds(const User& user) const {
  std::shared_ptr<const Users> users;
  {
    const std::lock_guard guard(good_mutex_);
    users = good_;
  }
  if (!users) return true;
  const User* now = find_user(*users, user.name);
  return now && *now == user;
}

Result<std::shared_ptr<const Users>> UserCache::read(bool anew) {
  const std::lock_guard guard(mutex_);
  // Looked at before it is read: what changes in between is read again the next time.
  struct stat now{};
  if (::stat(file_in(state_).c_str(), &now) != 0) now = {};
  if (!anew && users_ && seen_ && identity(now) == identity(*seen_)) return users_;
  auto users = read_users(state_);
  seen_ = now;
  if (users) {
    users_ = std::make_shared<const Users>(std::move(*users));
    const std::lock_guard good(good_mutex_);
    good_ = *users_;
    ++generation_;
  } else {
    users_ = std::unexpected(std::move(users.error()));
  }
  return users_;
}

}  // namespace dftp::server
