#include "server/auth/public_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "proto/wire/encoding.h"

namespace dftp::server {
namespace {

constexpr std::string_view algorithm = "ssh-ed25519";
// What stands before the 32 bytes of the key: two SSH strings' lengths and the name (RFC 8709, section 4).
constexpr std::string_view head("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19);

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return word;
}

}  // namespace

Result<PublicKey> PublicKey::parse(std::string_view line) {
  if (take_word(line) != algorithm) {
    return fail(Code::usage, "key", "must be \"ssh-ed25519 AAAA...\"; ssh-keygen -t ed25519 makes such keys");
  }
  const auto blob = from_base64(take_word(line));
  PublicKey out;
  if (!blob || !blob->starts_with(head) || blob->size() != head.size() + out.key.size()) {
    return fail(Code::usage, "key", "is damaged: the text behind ssh-ed25519 is not such a key");
  }
  std::ranges::copy(as_bytes(*blob).subspan(head.size()), out.key.begin());
  out.comment = printable(line);
  return out;
}

std::string PublicKey::text() const {
  std::string out = std::string(algorithm) + " " + to_base64(std::string(head).append(as_text(key)));
  if (!comment.empty()) out += " " + comment;
  return out;
}

bool PublicKey::verifies(std::string_view message, std::string_view signature) const {
  const auto octets = [](const auto& bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> raw(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(key), key.size()), EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  if (!raw || !context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, raw.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), octets(signature), signature.size(), octets(message), message.size()) == 1;
}

}  // namespace dftp::server
