// Key pairs made for these tests by ssh-keygen; they open nothing.
#pragma once

#include <string>
#include <string_view>

#include "client/ssh_strings.h"
#include "proto/wire/encoding.h"

namespace dftp::client {

inline constexpr std::string_view plain_key = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACBOCsmCjDBiZwLVqJ69CrYGfeAT0STBAohYdRKjn1p/dQAAAJD8WoUo/FqF
KAAAAAtzc2gtZWQyNTUxOQAAACBOCsmCjDBiZwLVqJ69CrYGfeAT0STBAohYdRKjn1p/dQ
AAAEALj/Lnl85bmNkPAdBqy3rttN8qno3pK26GZJQ9z5gkrk4KyYKMMGJnAtWonr0KtgZ9
4BPRJMECiFh1EqOfWn91AAAACXRlc3RAZGZ0cAECAwQ=
-----END OPENSSH PRIVATE KEY-----
)";
inline constexpr std::string_view plain_key_public =
    "AAAAC3NzaC1lZDI1NTE5AAAAIE4KyYKMMGJnAtWonr0KtgZ94BPRJMECiFh1EqOfWn91";

// Encrypted.
inline constexpr std::string_view locked_key = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABDuTCpcx6
+pT+dzj08ecdHuAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIG6NxxbuvEsE8KZk
5q87jEj427pksPFKk236JmvisvQtAAAAkARiz/DpFKkhyQKYYYiLUW4bN+2vCKo83QTpCY
s2QI3ZotZ0AAHer9VYwkEoxR5tXzrELdWBB4W+BA40kO3Em4pyaaCITHAqNYc+OacW/CUI
PMeT8IT0T2Oa6QU+VL9wsxPIAh507tiENctpV097pj9Ns4eQnLFHvIZAPfjUAABm4WJWix
MYcSwO8s9YinSC5A==
-----END OPENSSH PRIVATE KEY-----
)";
inline constexpr std::string_view locked_key_public =
    "AAAAC3NzaC1lZDI1NTE5AAAAIG6NxxbuvEsE8KZk5q87jEj427pksPFKk236JmvisvQt";

inline std::string blob_of(std::string_view base64) {
  return from_base64(base64).value();
}

// The pair of RFC 8032, 7.1, test 1, which signs the empty message.
inline constexpr std::string_view rfc_seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
inline constexpr std::string_view rfc_public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
inline constexpr std::string_view rfc_signature =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
    "655141438e7a100b";

// Written out as ssh-keygen would, with two of its parts given.
inline std::string key_text(std::string_view kind, const std::string& pair, std::uint32_t second_check = 7) {
  const std::string key = from_hex(rfc_public).value();
  std::string blob;
  append_string(blob, kind);
  append_string(blob, key);
  std::string privates;
  append_number(privates, 7);
  append_number(privates, second_check);
  append_string(privates, kind);
  append_string(privates, key);
  append_string(privates, pair);
  append_string(privates, "comment");
  std::string all("openssh-key-v1\0", 15);
  append_string(all, "none");
  append_string(all, "none");
  append_string(all, "");
  append_number(all, 1);
  append_string(all, blob);
  append_string(all, privates);
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + to_base64(all) + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

}  // namespace dftp::client
