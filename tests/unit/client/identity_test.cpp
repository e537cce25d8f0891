#include "client/identity.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

bool nobody_vouches() {
  return false;
}

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() { policy.known_hosts = directory / "known_hosts"; }
  std::optional<std::string> known() const { return KnownHosts(policy.known_hosts).lookup(server.text()).value(); }

  const TemporaryDirectory directory;
  const Endpoint server{"host", 2121, {}};
  IdentityPolicy policy;
};

TEST_F(IdentityTest, KnownServerPasses) {
  ASSERT_TRUE(KnownHosts(policy.known_hosts).add(server.text(), "SHA256:a"));
  EXPECT_TRUE(check_known(policy, server, "SHA256:a", nobody_vouches));
}

TEST_F(IdentityTest, ChangedServerNeverPassesAndBothFingerprintsAreSaid) {
  ASSERT_TRUE(KnownHosts(policy.known_hosts).add(server.text(), "SHA256:old"));
  policy.ask = [](const std::string&, const std::string&) { return true; };
  for (const auto unknown : {UnknownServer::refuse, UnknownServer::accept_new, UnknownServer::ask}) {
    policy.unknown = unknown;
    const auto checked = check_known(policy, server, "SHA256:new", nobody_vouches);
    ASSERT_TRUE(fails_with(checked, Code::identity));
    EXPECT_NE(checked.error().detail.find("SHA256:old"), std::string::npos);
    EXPECT_NE(checked.error().detail.find("SHA256:new"), std::string::npos);
    EXPECT_NE(checked.error().detail.find(policy.known_hosts.string()), std::string::npos);
  }
  EXPECT_EQ(known(), "SHA256:old");
}

TEST_F(IdentityTest, UnknownServerIsRefusedWithItsFingerprint) {
  const auto checked = check_known(policy, server, "SHA256:new", nobody_vouches);
  ASSERT_TRUE(fails_with(checked, Code::identity));
  EXPECT_NE(checked.error().detail.find("SHA256:new"), std::string::npos);
  EXPECT_EQ(known(), std::nullopt);
}

TEST_F(IdentityTest, UnknownServerThatSomebodyVouchesForPassesAndIsNotRemembered) {
  EXPECT_EQ(check_known(policy, server, "SHA256:new", [] { return true; }), Known::vouched);
  EXPECT_EQ(known(), std::nullopt);
}

TEST_F(IdentityTest, KnownServerHasItsKeyWhoeverVouches) {
  ASSERT_TRUE(KnownHosts(policy.known_hosts).add(server.text(), "SHA256:old"));
  const auto vouch = [] { return true; };
  EXPECT_TRUE(fails_with(check_known(policy, server, "SHA256:new", vouch), Code::identity));
  EXPECT_EQ(check_known(policy, server, "SHA256:old", vouch), Known::before);
}

TEST_F(IdentityTest, NewServerIsRememberedWhenAccepted) {
  policy.unknown = UnknownServer::accept_new;
  EXPECT_TRUE(check_known(policy, server, "SHA256:new", nobody_vouches));
  EXPECT_EQ(known(), "SHA256:new");
}

TEST_F(IdentityTest, SomebodyIsAskedWithServerAndFingerprint) {
  policy.unknown = UnknownServer::ask;
  std::string asked;
  bool answer = false;
  policy.ask = [&](const std::string& name, const std::string& fingerprint) {
    asked = name + " " + fingerprint;
    return answer;
  };
  EXPECT_TRUE(fails_with(check_known(policy, server, "SHA256:new", nobody_vouches), Code::identity));
  EXPECT_EQ(asked, "host:2121 SHA256:new");
  EXPECT_EQ(known(), std::nullopt);
  answer = true;
  EXPECT_TRUE(check_known(policy, server, "SHA256:new", nobody_vouches));
  EXPECT_EQ(known(), "SHA256:new");
}

TEST_F(IdentityTest, PinnedServerIsRememberedUnlessItIsKnown) {
  policy.fingerprint = "SHA256:pin";
  remember_pinned(policy, server);
  EXPECT_EQ(known(), "SHA256:pin");
  policy.fingerprint = "SHA256:other";
  remember_pinned(policy, server);
  EXPECT_EQ(known(), "SHA256:pin");
}

TEST_F(IdentityTest, PinNeedsNoPlaceToRememberIt) {
  policy.fingerprint = "SHA256:pin";
  policy.known_hosts = "/proc/nowhere/known_hosts";
  remember_pinned(policy, server);
  EXPECT_EQ(known(), std::nullopt);
}

TEST_F(IdentityTest, NobodyToAskIsNo) {
  policy.unknown = UnknownServer::ask;
  EXPECT_TRUE(fails_with(check_known(policy, server, "SHA256:new", nobody_vouches), Code::identity));
}

}  // namespace
}  // namespace dftp::client
