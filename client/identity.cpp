#include "client/identity.h"

namespace dftp::client {

Result<Known> check_known(const IdentityPolicy& policy, const Endpoint& endpoint, const std::string& fingerprint,
                          const std::function<bool()>& vouched) {
  const KnownHosts known_hosts(policy.known_hosts);
  const std::string server = endpoint.text();
  const auto known = known_hosts.lookup(server);
  if (!known) return std::unexpected(known.error());
  if (*known == fingerprint) return Known::before;
  if (*known) {
    return fail(Code::identity, server,
                "the server shows the fingerprint " + fingerprint + ", but it is known with " + **known +
                    "; if its key was replaced on purpose, remove its line from " + policy.known_hosts.string() +
                    "; if not, somebody may be between you and it");
  }
  if (vouched()) return Known::vouched;
  const bool accepted = policy.unknown == UnknownServer::accept_new ||
                        (policy.unknown == UnknownServer::ask && policy.ask && policy.ask(server, fingerprint));
  if (accepted) {
    const auto added = known_hosts.add(server, fingerprint);
    if (!added) return std::unexpected(added.error());
    return Known::just_now;
  }
  return fail(Code::identity, server,
              "the server is not known; its fingerprint is " + fingerprint +
                  "; compare it with what the server prints at its start, and then give it with --fingerprint, or "
                  "--accept-new once");
}

void remember_pinned(const IdentityPolicy& policy, const Endpoint& endpoint) {
  const KnownHosts known_hosts(policy.known_hosts);
  const auto known = known_hosts.lookup(endpoint.text());
  if (known && !*known) static_cast<void>(known_hosts.add(endpoint.text(), policy.fingerprint));
}

}  // namespace dftp::client
