// What a login with a key signs. docs/protocol/core.md, "Login with a key".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace dftp {

// OpenSSH's SSHSIG structure, namespace "dftp-login", around the SHA-512 of "dftp login " + user + NUL + exporter: the
// bytes that Ed25519 signs. An ssh-agent signs them as they are.
std::string login_message(std::string_view user, std::span<const std::byte, 32> exporter);

}  // namespace dftp
