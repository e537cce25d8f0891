// The users of one share, and how the user file writes them. Pure.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/remote_path.h"
#include "server/auth/password_hash.h"
#include "server/auth/public_key.h"
#include "server/toml/problems.h"

namespace dftp::server {

struct User {
  std::string name;
  std::optional<PasswordHash> password;  // none: no login with a password
  RemotePath home;                       // beneath the shared root
  bool read_only = false;
  bool act_as = false;           // a mount of theirs may act as any user of this machine
  std::uint64_t limit_rate = 0;  // bytes a second of file data, each way; 0: none
  bool talk = true;              // may say something to others
  std::vector<PublicKey> keys;
  std::optional<std::uint32_t> uid;  // whose processes come in as this user over a UNIX socket
  friend bool operator==(const User&, const User&) = default;
};

using Users = std::vector<User>;

// Who has not logged in as anybody.
inline constexpr std::string_view anonymous_user = "anonymous";
// 1 to 64 of A-Z a-z 0-9 . _ -, and not `anonymous_user`.
bool is_user_name(std::string_view name);
// nullptr when there is none. `users` may be const.
auto* find_user(auto& users, std::string_view name) {
  const auto found = std::ranges::find(users, name, &User::name);
  return found == users.end() ? nullptr : &*found;
}

// TOML: a [[user]] table each. An error names `file` and the line; one wrong user makes the whole file wrong.
Result<Users> parse_users(std::string_view text, std::string_view file);
// The same with all problems, and the users as far as they could be read.
Users parse_users(std::string_view text, std::string_view file, Problems& problems);
// Names and homes must be valid UTF-8.
std::string text_of(const Users& users);

}  // namespace dftp::server
