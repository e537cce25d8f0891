#include "client/ssh_agent.h"

#include <gtest/gtest.h>

#include "client/ed25519_key.h"
#include "client/ssh_strings.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/client/fake_agent.h"
#include "tests/unit/client/keys.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

class SshAgentTest : public testing::Test {
 protected:
  SshAgent connected(FakeAgent::Answer answer) {
    agent.emplace(socket, std::move(answer));
    return SshAgent::connect(socket).value();
  }
  static FakeAgent::Answer always(std::string text) {
    return [text = std::move(text)](const std::string&) { return text; };
  }

  const TemporaryDirectory directory;
  const std::filesystem::path socket = directory / "agent";
  std::optional<FakeAgent> agent;
};

TEST_F(SshAgentTest, ListsItsEd25519KeysOnly) {
  auto connection = connected(FakeAgent::with_one_key());
  const auto identities = connection.identities();
  ASSERT_TRUE(identities) << describe(identities.error());
  ASSERT_EQ(identities->size(), 1u);
  EXPECT_EQ(identities->front().comment, "mine");
  EXPECT_TRUE(is_ed25519_blob(identities->front().public_blob));
}

TEST_F(SshAgentTest, SignsWithTheKeyThatIsNamed) {
  auto connection = connected(FakeAgent::with_one_key());
  const std::string blob = connection.identities()->front().public_blob;
  const auto signature = connection.sign(blob, "");
  ASSERT_TRUE(signature) << describe(signature.error());
  EXPECT_EQ(to_hex(*signature), rfc_signature);
}

TEST_F(SshAgentTest, RefusalIsDenied) {
  auto connection = connected(FakeAgent::with_one_key());
  EXPECT_TRUE(fails_with(connection.sign(blob_of(plain_key_public), "message"), Code::denied));
}

TEST_F(SshAgentTest, LockedAgentWithNoKeysIsNoError) {
  std::string answer(1, 12);
  append_number(answer, 0);
  std::string framed;
  append_string(framed, answer);
  auto connection = connected(always(framed));
  EXPECT_TRUE(connection.identities()->empty());
}

TEST_F(SshAgentTest, HangingUpIsDisconnected) {
  auto connection = connected(always(""));
  EXPECT_TRUE(fails_with(connection.identities(), Code::disconnected));
}

TEST_F(SshAgentTest, AnswerWithoutEndIsRefused) {
  auto connection = connected(always("\xff\xff\xff\xff"));
  EXPECT_TRUE(fails_with(connection.identities(), Code::protocol));
}

TEST_F(SshAgentTest, ListCutShortIsRefused) {
  std::string answer(1, 12);
  append_number(answer, 0xffffffff);
  append_string(answer, "blob");
  std::string framed;
  append_string(framed, answer);
  auto connection = connected(always(framed));
  EXPECT_TRUE(fails_with(connection.identities(), Code::protocol));
}

TEST_F(SshAgentTest, ShortSignatureIsRefused) {
  std::string signature;
  append_string(signature, ed25519_name);
  append_string(signature, "short");
  std::string answer(1, 14);
  append_string(answer, signature);
  std::string framed;
  append_string(framed, answer);
  auto connection = connected(always(framed));
  EXPECT_TRUE(fails_with(connection.sign("blob", "message"), Code::protocol));
}

TEST_F(SshAgentTest, NobodyAtTheSocketIsAnError) {
  EXPECT_FALSE(SshAgent::connect(directory / "missing"));
  EXPECT_TRUE(fails_with(SshAgent::connect(directory / std::string(200, 'x')), Code::name_too_long));
}

}  // namespace
}  // namespace dftp::client
