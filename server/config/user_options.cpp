#include "server/config/user_options.h"

#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <sstream>

#include "proto/wire/rate.h"
#include "proto/wire/text_lines.h"
#include "proto/wire/wipe.h"
#include "server/auth/text_file.h"
#include "server/config/home_directory.h"
#include "server/config/password_prompt.h"

namespace dftp::server {
namespace {

constexpr std::size_t password_bytes = 1024;       // a long passphrase; more is a mistaken file
constexpr std::size_t key_file_bytes = 64 * 1024;  // some hundred keys

constexpr ProgramOption table[] = {
    {"password-file", "FILE", "the password is the first line of FILE"},
    {"password-stdin", "", "the password is the first line of standard input"},
    {"key", "FILE", "an OpenSSH public key, ssh-ed25519; may be repeated"},
    {"home", "SUBDIR", "the user sees this part of the share only"},
    {"read-only", "", "the user may not change anything"},
    {"act-as", "", "in a mount each request is made as the user who makes it"},
    {"limit-rate", "RATE", "bytes a second of file data, each way; 500K, 10M, 1G"},
    {"no-talk", "", "the user may not talk with others"},
    {"uid", "UID", "processes of this uid are this user on a UNIX socket"},
};

void warn_if_others_can_read(const std::string& file) {
  struct stat status;
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 077) == 0) return;
  std::fprintf(stderr, "dftp-server: warning: %s: others can read this password; chmod 600 keeps it yours\n",
               printable(file).c_str());
}

Result<std::string> read_password(const ProgramCommandLine& line, const std::string& user) {
  const auto files = line.all("password-file");
  const bool piped = line.has("password-stdin");
  if (files.size() + piped > 1) return fail(Code::usage, "", "one password is enough");
  if (!files.empty()) {
    warn_if_others_can_read(files[0]);
    auto text = read_text(files[0], password_bytes);
    if (!text) return std::unexpected(when("cannot read the password", text.error()));
    return text;
  }
  if (piped) {
    const auto bytes = read_all(STDIN_FILENO, password_bytes, "standard input");
    if (!bytes) return bytes;
    return plain_text(*bytes, "standard input");
  }
  if (can_prompt()) return prompt_new_password(user);
  return fail(Code::usage, "", "there is no terminal to ask for a password; give --password-file or --password-stdin");
}

// One key a line, as in a .pub file; several lines as in authorized_keys.
Result<void> read_key_file(const std::string& file, std::vector<PublicKey>& keys) {
  const auto text = read_text(file, key_file_bytes);
  if (!text) return std::unexpected(when("cannot read the keys", text.error()));
  const std::size_t before = keys.size();
  std::istringstream lines(*text);
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    auto key = PublicKey::parse(line);
    if (!key) return fail(Code::usage, line_name(file, number), "a key " + key.error().detail);
    keys.push_back(std::move(*key));
  }
  if (keys.size() == before)
    return fail(Code::usage, file, "holds no key; one line of a .pub file is wanted, ssh-ed25519 AAAA...");
  return {};
}

Result<std::uint32_t> parse_uid(const std::string& text) {
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (error != std::errc() || end != text.data() + text.size()) return fail(Code::usage, "--uid", "must be a number");
  return uid;
}

}  // namespace

std::span<const ProgramOption> user_options() {
  return table;
}

bool names_password(const ProgramCommandLine& line) {
  return line.has("password-file") || line.has("password-stdin");
}

Result<PasswordHash> new_password(const ProgramCommandLine& line, const std::string& user) {
  auto password = read_password(line, user);
  if (!password) return std::unexpected(std::move(password.error()));
  password->resize(std::min(password->find('\n'), password->size()));
  if (password->empty()) return fail(Code::usage, "", "the password is empty; it is the first line of what is given");
  auto hash = PasswordHash::of(*password);
  wipe(*password);
  return hash;
}

Result<std::vector<PublicKey>> given_keys(const ProgramCommandLine& line) {
  std::vector<PublicKey> keys;
  for (const std::string& file : line.all("key")) {
    if (auto read = read_key_file(file, keys); !read) return std::unexpected(std::move(read.error()));
  }
  return keys;
}

Result<void> apply_rights(const ProgramCommandLine& line, const std::filesystem::path& root, User& user) {
  if (const auto homes = line.all("home"); !homes.empty()) {
    auto home = parse_home(homes.back(), root);
    if (!home) return std::unexpected(std::move(home.error()));
    user.home = std::move(*home);
  }
  if (const auto uids = line.all("uid"); !uids.empty()) {
    const auto uid = parse_uid(uids.back());
    if (!uid) return std::unexpected(uid.error());
    user.uid = *uid;
  }
  if (const auto rates = line.all("limit-rate"); !rates.empty()) {
    const auto rate = parse_rate(rates.back());
    if (!rate) return fail(Code::usage, "--limit-rate", rate.error().detail);
    user.limit_rate = *rate;
  }
  user.read_only = line.has("read-only");
  user.act_as = line.has("act-as");
  user.talk = !line.has("no-talk");
  return {};
}

}  // namespace dftp::server
