#include "proto/digest/login_signature.h"

#include <openssl/sha.h>

#include <cstdint>

#include "proto/wire/bytes.h"

namespace dftp {
namespace {

// RFC 4251, section 5: u32 length and the bytes.
std::string ssh_string(std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  return out.append(bytes);
}

std::string sha512(std::string_view bytes) {
  std::string digest(SHA512_DIGEST_LENGTH, '\0');
  SHA512(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace

std::string login_message(std::string_view user, std::span<const std::byte, 32> exporter) {
  std::string message = "dftp login ";
  message.append(user).append(1, '\0').append(as_text(exporter));
  return "SSHSIG" + ssh_string("dftp-login") + ssh_string("") + ssh_string("sha512") + ssh_string(sha512(message));
}

}  // namespace dftp
