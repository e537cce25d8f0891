#include "client/ed25519_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <new>

#include "client/ssh_strings.h"
#include "proto/wire/encoding.h"

namespace dftp::client {
namespace {

constexpr std::string_view header = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view footer = "-----END OPENSSH PRIVATE KEY-----";
constexpr std::string_view magic("openssh-key-v1\0", 15);
constexpr std::size_t public_bytes = 32;
constexpr std::size_t private_bytes = 64;  // the seed, and the public key once more

// Text that is wiped when it goes.
struct Wiped {
  std::string text;
  ~Wiped() { OPENSSL_cleanse(text.data(), text.size()); }
};

std::unexpected<Error> refuse(std::string detail) {
  return fail(Code::usage, "", std::move(detail));
}

Result<std::string> decode_armour(std::string_view text) {
  const std::size_t begin = text.find(header);
  const std::size_t end = text.find(footer);
  if (begin == text.npos || end == text.npos || end < begin) {
    return refuse("is no private key in OpenSSH's format");
  }
  Wiped base64;
  for (const char byte : text.substr(begin + header.size(), end - begin - header.size())) {
    if (byte != '\n' && byte != '\r' && byte != ' ') base64.text += byte;
  }
  auto decoded = from_base64(base64.text);
  if (!decoded || !decoded->starts_with(magic)) return refuse("is a damaged private key");
  return decoded;
}

// The 32 bytes that the rest of the key is made of.
Result<std::string_view> read_seed(std::string_view privates, std::string_view public_blob) {
  SshReader reader(privates);
  const auto check = reader.number();
  const auto again = reader.number();
  const auto kind = reader.string();
  const auto public_key = reader.string();
  const auto pair = reader.string();
  if (!pair || check != again || *kind != ed25519_name || public_key->size() != public_bytes ||
      pair->size() != private_bytes || pair->substr(public_bytes) != *public_key ||
      !public_blob.ends_with(*public_key)) {
    return refuse("is a damaged private key");
  }
  return pair->substr(0, public_bytes);
}

}  // namespace

struct Ed25519Key::Secret {
  explicit Secret(std::string_view seed)
      : key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()),
                                         seed.size())) {
    if (!key) throw std::bad_alloc();
  }
  ~Secret() { EVP_PKEY_free(key); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  EVP_PKEY* key;
};

Result<Ed25519Key> Ed25519Key::parse(std::string_view text) {
  auto decoded = decode_armour(text);
  if (!decoded) return std::unexpected(std::move(decoded.error()));
  const Wiped whole{std::move(*decoded)};
  SshReader reader(std::string_view(whole.text).substr(magic.size()));
  const auto cipher = reader.string();
  reader.string();  // how the passphrase becomes a key,
  reader.string();  // and with what salt
  const auto count = reader.number();
  const auto public_blob = reader.string();
  const auto privates = reader.string();
  if (!privates || count != 1) return refuse("is a damaged private key");
  if (!is_ed25519_blob(*public_blob)) return refuse("is no ed25519 key; make one with ssh-keygen -t ed25519");
  Ed25519Key key;
  key.public_blob_ = *public_blob;
  if (*cipher != "none") return key;
  const auto seed = read_seed(*privates, *public_blob);
  if (!seed) return std::unexpected(seed.error());
  key.secret_ = std::make_shared<const Secret>(*seed);
  return key;
}

std::string Ed25519Key::sign(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(ed25519_signature_bytes, '\0');
  std::size_t length = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, secret_->key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
    throw std::bad_alloc();
  }
  return signature;
}

bool is_ed25519_blob(std::string_view blob) {
  SshReader reader(blob);
  const auto kind = reader.string();
  const auto key = reader.string();
  return key && *kind == ed25519_name && key->size() == public_bytes &&
         blob.size() == 2 * sizeof(std::uint32_t) + kind->size() + key->size();
}

}  // namespace dftp::client
