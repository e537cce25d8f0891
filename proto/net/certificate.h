// Certificates: what tells one server from another.
#pragma once

#include <openssl/x509.h>

#include <string>

#include "proto/wire/error.h"

namespace dftp::net {

std::string fingerprint_of(const X509* certificate);
// Code::identity when today is not between its dates; `where` is whose it is.
Result<void> check_dates(const X509* certificate, const std::string& where);
// OpenSSL's own words for what went wrong last; empties its error queue.
std::string openssl_reason();

}  // namespace dftp::net
