#include "proto/transfer/ticket.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>
#include <new>

#include "proto/wire/encoding.h"

namespace dftp {
namespace {

constexpr std::size_t half = 32;  // hexadecimal digits

// Of digits that parse() or make() has looked at.
std::string bytes_of(std::string_view digits) {
  return *from_hex(digits);
}

AttachProof proof(const Ticket& ticket, std::string message) {
  const std::string key = bytes_of(ticket.secret), identity = bytes_of(ticket.identity);
  message += identity;
  AttachProof made;
  std::memcpy(made.identity.data(), identity.data(), made.identity.size());
  unsigned int length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(message.data()), message.size(),
            reinterpret_cast<unsigned char*>(made.proof.data()), &length))
    throw std::bad_alloc();
  return made;
}

bool same(const AttachProof& a, const AttachProof& b) {
  return a.identity == b.identity && CRYPTO_memcmp(a.proof.data(), b.proof.data(), a.proof.size()) == 0;
}

}  // namespace

std::string random_hex(std::size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) != 1) throw std::bad_alloc();
  return to_hex(random);
}

Ticket Ticket::make() {
  return {random_hex(half / 2), random_hex(half / 2)};
}

Result<Ticket> Ticket::parse(std::string_view text) {
  const auto bytes = from_hex(text);
  if (text.size() != 2 * half || !bytes) return fail(Code::protocol, "ticket", "a ticket is 64 hexadecimal digits");
  const std::string digits = to_hex(*bytes);  // in small letters, as identities are compared
  const std::string_view secret = std::string_view(digits).substr(half);
  if (secret.find_first_not_of(secret.front()) == secret.npos)
    return fail(Code::protocol, "ticket", "a ticket is 64 hexadecimal digits, and these are not random");
  return Ticket{digits.substr(0, half), std::string(secret)};
}

AttachProof Ticket::attach() const {
  return proof(*this, "dftp attach ");
}
AttachProof Ticket::attached() const {
  return proof(*this, "dftp attached ");
}

bool Ticket::proves_attach(const AttachProof& attach) const {
  return same(attach, this->attach());
}
bool Ticket::proves_attached(const AttachProof& attached) const {
  return same(attached, this->attached());
}

}  // namespace dftp
