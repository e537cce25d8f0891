// What the tests measure against: libcrypto's own MD5, and bytes that no two places share.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <vector>

#include "proto/digest/md5.h"

namespace dftp {

inline Digest reference_md5(Bytes message) {
  Digest digest;
  const int done = EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
                              EVP_md5(), nullptr);
  if (done != 1) throw std::runtime_error("EVP_Digest failed");
  return digest;
}

inline std::vector<std::byte> noise(std::size_t size, unsigned seed = 1) {
  std::mt19937_64 random(seed);
  std::vector<std::byte> bytes(size);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  return bytes;
}

}  // namespace dftp
