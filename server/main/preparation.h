// What must be in place before the server listens.
#pragma once

#include "proto/net/tls.h"
#include "proto/storage/root_directory.h"
#include "server/auth/authenticator.h"
#include "server/config/config.h"

namespace dftp::server {

// Whether the shared directory can be read, and names in it be found without leaving it.
Result<RootDirectory> open_root(const std::filesystem::path& root);

// Whether the remote commands can be run as they say, so that nobody has to find out at night.
Problems check_exec(const Config& config);

// As many descriptors as the system allows. For the whole process.
void prepare_process();

// Where certificate and key are: those that were given, or the server's own.
struct IdentityFiles {
  std::filesystem::path certificate, key;
};
IdentityFiles identity_files(const Config& config);

// Makes the state directory (0700) where it is missing, and on the first start the
// server's key and certificate in it.
Result<net::TlsServer> prepare_identity(const Config& config);

// On the first start of a share that nobody can log in to: makes a user, and the words that tell whoever started the
// server how to log in, the password among them: they are said only now. Empty otherwise.
Result<std::string> prepare_first_user(const Config& config, const Endpoint& reachable, const std::string& fingerprint);

// What the configuration says of logins.
LoginPolicy login_policy(const Config& config);

// By which the server is found on the local network.
std::string announced_name(const Config& config);

}  // namespace dftp::server
