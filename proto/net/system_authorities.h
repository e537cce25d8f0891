// Certificate authorities that the machine's administrator trusts: OpenSSL's default places, which SSL_CERT_FILE and
// SSL_CERT_DIR replace.
#pragma once

#include <memory>
#include <string>

struct stack_st_X509;  // OpenSSL's STACK_OF(X509)

namespace dftp::net {

// As a peer has shown it, its own certificate first. Shared, thread-safe.
using CertificateChain = std::shared_ptr<stack_st_X509>;

// Whether one of them vouches that this is `host`, a name or an address. Blocking: reads all of them.
bool system_vouches(const CertificateChain& chain, const std::string& host);

}  // namespace dftp::net
