// Certificates: what tells one server from another.
#pragma once

#include <openssl/x509.h>

#include <string>

#include "proto/wire/error.h"

namespace dftp::net {

// That of its key; see fingerprint_of_key().
std::string fingerprint_of(const X509* certificate);
bool is_ip_address(const std::string& host);
// Has it be for `host`, a name or an address. False when that is neither.
bool expect_host(X509_VERIFY_PARAM* verify, const std::string& host);
// Code::identity when today is not between its dates; `where` is whose it is.
Result<void> check_dates(const X509* certificate, const std::string& where);
// What went wrong first since the last time, in the words of the system, of OpenSSL or, for PEM files, our own; empties
// OpenSSL's error queue.
std::string openssl_reason();

}  // namespace dftp::net
