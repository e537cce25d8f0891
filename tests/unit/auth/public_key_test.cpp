#include "server/auth/public_key.h"

#include <cstdlib>

#include "proto/digest/login_signature.h"
#include "proto/wire/encoding.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

TEST(PublicKey, is_read_and_written_as_openssh_does) {
  const auto key = PublicKey::parse(fixed_key);
  ASSERT_TRUE(key) << describe(key.error());
  EXPECT_EQ(key->comment, "fixed");
  EXPECT_EQ(key->text(), fixed_key);
}

TEST(PublicKey, may_have_a_comment_of_any_kind_or_none) {
  const std::string bare(fixed_key.substr(0, fixed_key.rfind(' ')));
  EXPECT_EQ(PublicKey::parse(bare)->comment, "");
  EXPECT_EQ(PublicKey::parse(bare)->text(), bare);
  EXPECT_EQ(PublicKey::parse(bare + "  me at home")->comment, "me at home");
  EXPECT_EQ(PublicKey::parse(bare + " \x1b[2J")->comment, "\\x1b[2J");
  EXPECT_TRUE(PublicKey::parse(bare + " other")->same_as(*PublicKey::parse(fixed_key)));
}

TEST(PublicKey, that_is_damaged_or_of_another_kind_is_refused) {
  const std::string bad[] = {
      "",
      " ",
      "ssh-ed25519",
      "ssh-ed25519 ",
      "ssh-ed25519 AAAA",
      "ssh-ed25519 !!!!",
      "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC",
      "no-pty " + std::string(fixed_key),
      std::string(fixed_key).replace(20, 1, "B"),                                              // another length
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbemOOlKJx3ADjjl3DFy9OfH3C5zpruewUwFguO6J4MAAAA",  // too long
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbemOOlKJx3ADjjl3DFy9OfH3C5zpruewUwFguO",          // too short
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIAbemOOlKJx3ADjjl3DFy9OfH3C5zpruewUwFguO6J4M",      // ssh-ed25518
  };
  for (const std::string& line : bad) EXPECT_TRUE(fails_with(PublicKey::parse(line), Code::usage)) << line;
}

TEST(LoginMessage, is_openssh_s_structure) {
  EXPECT_EQ(to_hex(login_message("alice", fixed_exporter())),
            "5353485349470000000a646674702d6c6f67696e00000000000000067368613531320000004028053c69cc2c1488f81887293bc1d8"
            "d5bc3146aeff0da07240c0c2cafd0b0f4acce76d05363703715989e9694d97f1c862945acb16575273485536b7d5f40e33");
}

TEST(LoginMessage, differs_for_each_user_and_connection) {
  auto other = fixed_exporter();
  other[31] ^= std::byte{1};
  EXPECT_NE(login_message("alice", fixed_exporter()), login_message("alicf", fixed_exporter()));
  EXPECT_NE(login_message("alice", fixed_exporter()), login_message("alice", other));
}

TEST(PublicKey, verifies_what_its_owner_signed_and_nothing_else) {
  const auto key = PublicKey::parse(fixed_key).value();
  const std::string signature = from_base64(fixed_signature).value();
  const std::string message = login_message("alice", fixed_exporter());
  EXPECT_TRUE(key.verifies(message, signature));
  EXPECT_FALSE(key.verifies(login_message("bob", fixed_exporter()), signature));
  EXPECT_FALSE(key.verifies(message, std::string(signature).replace(5, 1, "x")));
  EXPECT_FALSE(key.verifies(message, signature.substr(1)));
  EXPECT_FALSE(key.verifies(message, signature + "x"));
  EXPECT_FALSE(key.verifies(message, ""));
  PublicKey other = key;
  other.key[0] ^= std::byte{1};
  EXPECT_FALSE(other.verifies(message, signature));
  EXPECT_FALSE(PublicKey().verifies(message, signature));
}

bool runs(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1 </dev/null").c_str()) == 0;
}

// The last 64 bytes of the armoured file are Ed25519's.
std::string signature_in(const std::filesystem::path& armoured) {
  std::istringstream lines(content_of(armoured));
  std::string base64;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("-----")) base64 += line;
  }
  const std::string bytes = from_base64(base64).value();
  return bytes.substr(bytes.size() - 64);
}

TEST(PublicKey, verifies_a_signature_that_ssh_keygen_made_just_now) {
  if (!runs("command -v ssh-keygen")) GTEST_SKIP() << "no ssh-keygen here";
  const TemporaryDirectory directory;
  const std::string file = directory / "key", message = directory / "message";
  ASSERT_TRUE(runs("ssh-keygen -q -t ed25519 -N '' -f " + file));
  const auto exporter = fixed_exporter();
  write_to(message, std::string("dftp login bob").append(1, '\0').append(as_text(exporter)));
  ASSERT_TRUE(runs("ssh-keygen -Y sign -n dftp-login -f " + file + " " + message));
  const auto key = PublicKey::parse(content_of(file + ".pub").substr(0, 80)).value();
  EXPECT_TRUE(key.verifies(login_message("bob", exporter), signature_in(message + ".sig")));
  EXPECT_FALSE(key.verifies(login_message("eve", exporter), signature_in(message + ".sig")));
}

}  // namespace
}  // namespace dftp::server
