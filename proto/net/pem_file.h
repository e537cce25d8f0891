// PEM files are texts that people write, paste and join, so they are read as such (proto/wire/text_lines.h): OpenSSL
// itself passes over a first certificate that stands behind a byte order mark.
#pragma once

#include <openssl/x509.h>

#include <filesystem>
#include <memory>

#include "proto/wire/error.h"

struct ssl_ctx_st;

namespace dftp::net {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// All of these are Code::identity for what cannot be read, and name the file. Blocking.
Result<PrivateKey> read_private_key(const std::filesystem::path& path);
// The certificate of this side, and those that it rests on behind it.
Result<void> use_certificates(ssl_ctx_st* context, const std::filesystem::path& path);
// Whose certificates, and which lists of withdrawn ones, are believed.
Result<void> trust_certificates(ssl_ctx_st* context, const std::filesystem::path& path);

}  // namespace dftp::net
