// Is this the server it should be? Decided after the TLS handshake and before anything secret is said.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "client/known_hosts.h"
#include "proto/wire/url.h"

namespace dftp::client {

enum class UnknownServer {
  refuse,      // Code::identity, which says how to make it known
  accept_new,  // remember it
  ask,         // remember it if IdentityPolicy::ask says yes
};

// A pin or authorities settle it alone; without both known_hosts decides, and where it has nothing the authorities that
// the system trusts.
struct IdentityPolicy {
  std::string fingerprint;            // the pin, "SHA256:..."; empty: none
  std::filesystem::path authorities;  // CA file (PEM); empty: none
  std::filesystem::path known_hosts = KnownHosts::default_file();
  UnknownServer unknown = UnknownServer::refuse;
  // May block (it is called on the pool). `server` is Endpoint::text().
  std::function<bool(const std::string& server, const std::string& fingerprint)> ask;
};

enum class Known { before, vouched, just_now };

// By known_hosts, and by `vouched` where it has nothing. Code::identity with both fingerprints and what to do when it
// changed, or is unknown and not accepted. Blocking.
Result<Known> check_known(const IdentityPolicy& policy, const Endpoint& endpoint, const std::string& fingerprint,
                          const std::function<bool()>& vouched);

// A pin was right: the server is known from now on, unless it is already, by this fingerprint or another. Where that
// cannot be written it is left. Blocking.
void remember_pinned(const IdentityPolicy& policy, const Endpoint& endpoint);

}  // namespace dftp::client
