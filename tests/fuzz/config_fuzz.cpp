#include "server/auth/users.h"
#include "server/config/config_options.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;
using namespace dftp::server;

namespace {

void check_config(std::string_view text) {
  Config config;
  const auto applied = apply_text(config, text, "/dir/file");
  if (!applied) return require(applied.error().where.starts_with("/dir/file:"));
  require(!config.listen.empty());
  require(config.threads >= 1 && config.disk_threads >= 1);
  require(config.max_sessions >= 1 && config.max_sessions <= limits::sessions);
  for (const auto& path : {config.root, config.state, config.log_file, config.key}) {
    require(path.empty() || path.is_absolute());
  }
}

void check_users(std::string_view text) {
  const auto users = parse_users(text, "file");
  if (!users) return require(users.error().where.starts_with("file:"));
  for (const User& user : *users) require(is_user_name(user.name));
  const auto again = parse_users(text_of(*users), "file");
  require(again && text_of(*again) == text_of(*users));
}

void check_lines(std::string_view text) {
  if (const auto key = PublicKey::parse(text)) require(PublicKey::parse(key->text())->same_as(*key));
  if (const auto hash = PasswordHash::parse(text)) require(hash->text() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_input(data, size);
  check_config(text);
  check_users(text);
  check_lines(text);
  return 0;
}
