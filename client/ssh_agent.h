// A running ssh-agent: lists its ed25519 keys and lets it sign (draft-miller-ssh-agent). Blocking, one thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "proto/storage/descriptor.h"
#include "proto/wire/error.h"

namespace dftp::client {

class SshAgent {
 public:
  struct Identity {
    std::string public_blob;  // as in Ed25519Key
    std::string comment;
  };

  // `socket` is what $SSH_AUTH_SOCK says.
  static Result<SshAgent> connect(const std::filesystem::path& socket);

  // Only ed25519 keys.
  Result<std::vector<Identity>> identities();
  // The 64 bytes of the signature. The agent may ask its user first: waits up to a minute.
  Result<std::string> sign(std::string_view public_blob, std::string_view message);

 private:
  SshAgent(Descriptor socket, std::string where) : socket_(std::move(socket)), where_(std::move(where)) {}
  Result<std::string> ask(const std::string& request, std::uint8_t expected);
  Result<void> send(std::string_view text);
  Result<std::string> receive(std::size_t count);

  Descriptor socket_;
  std::string where_;
};

}  // namespace dftp::client
