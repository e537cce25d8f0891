#include "server/auth/first_user.h"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>

#include "server/auth/user_file.h"

namespace dftp::server {
namespace {

// 100 random bits, in characters that cannot be taken for each other: "abcd-efgh-jkmn-pqrs-tuvw".
Result<std::string> random_password() {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz23456789";
  static_assert(256 % letters.size() == 0);  // so that each is as likely as any other
  std::array<unsigned char, 20> random;
  if (RAND_bytes(random.data(), random.size()) != 1)
    return fail(Code::io, "password", "the system gives no random bytes");
  std::string password;
  password.reserve(2 * random.size());  // so that it is in one place
  for (std::size_t i = 0; i < random.size(); ++i) {
    if (i > 0 && i % 4 == 0) password += '-';
    password += letters[random[i] % letters.size()];
  }
  return password;
}

}  // namespace

Result<std::optional<FirstUser>> make_first_user(const std::filesystem::path& state) {
  const auto users = read_users(state);
  if (!users) return std::unexpected(users.error());
  if (!users->empty()) return std::nullopt;
  std::optional<FirstUser> made;
  const auto add = [&](Users& users) -> Result<void> {
    if (!users.empty()) return {};  // another process was faster
    auto password = random_password();
    if (!password) return std::unexpected(std::move(password.error()));
    auto hash = PasswordHash::of(*password);
    if (!hash) return std::unexpected(std::move(hash.error()));
    const char* name = std::getenv("USER");
    made = {name && is_user_name(name) ? name : "dftp", std::move(*password)};
    User& user = users.emplace_back();
    user.name = made->name;
    user.password = std::move(*hash);
    return {};
  };
  if (auto changed = change_users(state, add); !changed) return std::unexpected(std::move(changed.error()));
  return made;
}

}  // namespace dftp::server
