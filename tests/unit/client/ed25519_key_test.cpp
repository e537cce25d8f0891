#include "client/ed25519_key.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <cstdlib>

#include "client/local_file.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/client/keys.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

bool verifies(const std::string& blob, std::string_view message, const std::string& signature) {
  const auto* key = reinterpret_cast<const unsigned char*>(blob.data() + blob.size() - 32);
  EVP_PKEY* pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key, 32);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, nullptr, nullptr, pkey);
  const int good = EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                                    reinterpret_cast<const unsigned char*>(message.data()), message.size());
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(pkey);
  return good == 1;
}

TEST(Ed25519Key, SignsAsRfc8032) {
  const std::string pair = from_hex(rfc_seed).value() + from_hex(rfc_public).value();
  const auto key = Ed25519Key::parse(key_text("ssh-ed25519", pair));
  ASSERT_TRUE(key) << describe(key.error());
  EXPECT_EQ(to_hex(key->sign("")), rfc_signature);
}

TEST(Ed25519Key, OfSshKeygenNamesItsPublicKey) {
  const auto key = Ed25519Key::parse(plain_key);
  ASSERT_TRUE(key) << describe(key.error());
  EXPECT_FALSE(key->encrypted());
  EXPECT_EQ(key->public_blob(), blob_of(plain_key_public));
  EXPECT_TRUE(verifies(key->public_blob(), "message", key->sign("message")));
}

TEST(Ed25519Key, EncryptedOneIsNamedButNotUsable) {
  const auto key = Ed25519Key::parse(locked_key);
  ASSERT_TRUE(key) << describe(key.error());
  EXPECT_TRUE(key->encrypted());
  EXPECT_EQ(key->public_blob(), blob_of(locked_key_public));
}

TEST(Ed25519Key, FreshFromSshKeygen) {
  const TemporaryDirectory directory;
  const std::string file = (directory / "key").string();
  if (std::system(("ssh-keygen -q -t ed25519 -N '' -f " + file).c_str()) != 0) GTEST_SKIP() << "no ssh-keygen";
  const auto key = Ed25519Key::parse(read_local_file(file)->text);
  ASSERT_TRUE(key) << describe(key.error());
  EXPECT_TRUE(verifies(key->public_blob(), "message", key->sign("message")));
}

TEST(Ed25519Key, OtherTextIsRefused) {
  EXPECT_TRUE(fails_with(Ed25519Key::parse(""), Code::usage));
  EXPECT_TRUE(fails_with(Ed25519Key::parse("ssh-ed25519 AAAA"), Code::usage));
  EXPECT_TRUE(fails_with(Ed25519Key::parse("-----END OPENSSH PRIVATE KEY----------BEGIN OPENSSH PRIVATE KEY-----"),
                         Code::usage));
}

TEST(Ed25519Key, OtherKindIsRefusedByName) {
  const std::string pair = from_hex(rfc_seed).value() + from_hex(rfc_public).value();
  const auto key = Ed25519Key::parse(key_text("ssh-ed448", pair));
  EXPECT_TRUE(fails_with(key, Code::usage));
  EXPECT_NE(key.error().detail.find("no ed25519 key"), std::string::npos);
}

TEST(Ed25519Key, DamageIsRefused) {
  const std::string seed = from_hex(rfc_seed).value();
  const std::string good = seed + from_hex(rfc_public).value();
  EXPECT_TRUE(fails_with(Ed25519Key::parse(key_text("ssh-ed25519", good, 8)), Code::usage)) << "checks differ";
  EXPECT_TRUE(fails_with(Ed25519Key::parse(key_text("ssh-ed25519", seed + seed)), Code::usage)) << "halves differ";
  EXPECT_TRUE(fails_with(Ed25519Key::parse(key_text("ssh-ed25519", seed)), Code::usage)) << "too short";
}

TEST(Ed25519Key, CutAnywhereIsRefused) {
  const std::string text(plain_key);
  const std::size_t body = text.find('\n') + 1;
  const std::size_t end = text.find("-----END") - 3;  // in front of the padding
  for (std::size_t at = body; at < end - 8; ++at) {
    const std::string cut = text.substr(0, at) + "\n" + text.substr(text.find("-----END"));
    EXPECT_FALSE(Ed25519Key::parse(cut)) << at;
  }
}

TEST(Ed25519Key, ErrorsShowNothingOfTheText) {
  const std::string pair = from_hex(rfc_seed).value() + from_hex(rfc_seed).value();
  const auto key = Ed25519Key::parse(key_text("ssh-ed25519", pair));
  ASSERT_FALSE(key);
  EXPECT_EQ(describe(key.error()).find(to_base64(from_hex(rfc_seed).value()).substr(0, 12)), std::string::npos);
}

TEST(Ed25519Blob, MustBeWhole) {
  const std::string blob = blob_of(plain_key_public);
  EXPECT_TRUE(is_ed25519_blob(blob));
  EXPECT_FALSE(is_ed25519_blob(blob + "x"));
  EXPECT_FALSE(is_ed25519_blob(blob.substr(0, blob.size() - 1)));
  EXPECT_FALSE(is_ed25519_blob(""));
}

}  // namespace
}  // namespace dftp::client
