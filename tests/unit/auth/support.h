// What the tests of logins share.
#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "server/auth/users.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::server {

// Made by ssh-keygen and never used for anything else.
inline constexpr std::string_view fixed_key =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbemOOlKJx3ADjjl3DFy9OfH3C5zpruewUwFguO6J4M fixed";
// By that key: what `ssh-keygen -Y sign -n dftp-login` says of "dftp login alice", NUL, and the bytes 0 to 31.
inline constexpr std::string_view fixed_signature =
    "OVHOHCk6EMXqOMh37ED82P9uRhlhZKmNbP/0jmdavllQC6C3UfErZI8NNeQNd11msUNRp3iZkKBuMWqJqDgeCw==";

inline std::array<std::byte, 32> fixed_exporter() {
  std::array<std::byte, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_to(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

// With the password "secret", which is hashed only once.
inline User user_named(std::string name) {
  static const PasswordHash secret = PasswordHash::of("secret").value();
  User user;
  user.name = std::move(name);
  user.password = secret;
  return user;
}

}  // namespace dftp::server
