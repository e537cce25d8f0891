#include "proto/transfer/ticket.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <new>

#include "proto/wire/encoding.h"

namespace dftp {
namespace {

constexpr std::size_t half = 32;  // hexadecimal digits

std::string hmac_hex(std::string_view key, const std::string& message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out;
  unsigned int length = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<const unsigned char*>(message.data()), message.size(), out.data(), &length))
    throw std::bad_alloc();
  return to_hex({reinterpret_cast<const char*>(out.data()), length});
}

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string client_proof(const Ticket& ticket) {
  return hmac_hex(ticket.secret, "dftp attach " + ticket.identity);
}
std::string server_proof(const Ticket& ticket) {
  return hmac_hex(ticket.secret, "dftp attached " + ticket.identity);
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
  if (text.size() != 2 * half || !from_hex(text))
    return fail(Code::protocol, "ticket", "a ticket is 64 hexadecimal digits");
  return Ticket{std::string(text.substr(0, half)), std::string(text.substr(half))};
}

Attach Ticket::attach() const {
  return {identity, client_proof(*this)};
}
Attached Ticket::attached() const {
  return {identity, server_proof(*this)};
}

bool Ticket::proves(const Attach& attach) const {
  return same(attach.attach, identity) && same(attach.proof, client_proof(*this));
}
bool Ticket::proves(const Attached& attached) const {
  return same(attached.attached, identity) && same(attached.proof, server_proof(*this));
}

}  // namespace dftp
