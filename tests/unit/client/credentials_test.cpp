#include "client/credentials.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/temporary_directory.h"
#include "tests/unit/client/fake_agent.h"
#include "tests/unit/client/keys.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

// With a home directory of its own and nothing in the environment.
class CredentialsTest : public testing::Test {
 public:
  ~CredentialsTest() override {
    for (const auto& [name, value] : before) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 protected:
  CredentialsTest() {
    for (const char* name : {"HOME", "DFTP_PASSWORD", "SSH_AUTH_SOCK"}) {
      const char* value = std::getenv(name);
      before.emplace_back(name, value ? std::optional<std::string>(value) : std::nullopt);
      ::unsetenv(name);
    }
    ::setenv("HOME", home.path().c_str(), 1);
  }

  std::filesystem::path write(const std::string& name, std::string_view text, mode_t mode = 0600) const {
    const std::filesystem::path file = home.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
    return file;
  }
  Candidates found(const std::string& user = "ann") const {
    auto result = find_credentials(sources, server, user);
    EXPECT_TRUE(result) << describe(result.error());
    return result ? std::move(*result) : Candidates();
  }
  // "method origin" of each.
  static std::vector<std::string> shown(const Candidates& candidates) {
    std::vector<std::string> texts;
    for (const auto& candidate : candidates.list) texts.push_back(candidate.method + ": " + candidate.origin);
    return texts;
  }
  static Login login_of(const Candidate& candidate) { return candidate.make(Exporter().emplace()).value(); }

  const TemporaryDirectory home;
  CredentialSources sources;
  Endpoint server{"host", 2121, {}};
  std::vector<std::pair<std::string, std::optional<std::string>>> before;
};

using Texts = std::vector<std::string>;

TEST_F(CredentialsTest, NothingFoundIsNothingToTry) {
  EXPECT_TRUE(found().list.empty());
}

TEST_F(CredentialsTest, EverythingIsTriedInItsOrder) {
  const auto key = write("given", plain_key);
  sources.keys = {key};
  sources.password_file = write("password", "from file\nsecond line\n");
  ::setenv("DFTP_PASSWORD", "from environment", 1);
  write(".netrc", "machine host login ann password netrc");
  const FakeAgent agent(home / "agent", FakeAgent::with_one_key());
  ::setenv("SSH_AUTH_SOCK", (home / "agent").c_str(), 1);
  EXPECT_EQ(shown(found()),
            (Texts{"key: the key " + key.string(), "password: the password in " + (home / "password").string(),
                   "password: the password in $DFTP_PASSWORD", "password: the password in ~/.netrc",
                   "key: the ssh-agent's key mine"}));
}

TEST_F(CredentialsTest, MoreThanTheServerTakesAreLeftOutWithANote) {
  ::setenv("DFTP_PASSWORD", "a", 1);
  write(".netrc", "machine host password b");
  sources.password_file = write("password", "c");
  write(".ssh/id_ed25519", plain_key);
  sources.keys = {write("given", key_text("ssh-ed25519", from_hex(rfc_seed).value() + from_hex(rfc_public).value()))};
  sources.prompt = [](const std::string&) { return "typed"; };
  const auto candidates = found();
  ASSERT_EQ(candidates.list.size(), 5u);
  EXPECT_TRUE(candidates.list.back().interactive);
  ASSERT_EQ(candidates.notes.size(), 1u);
  EXPECT_NE(candidates.notes.front().find("id_ed25519 and what follows it were left out"), std::string::npos);
}

TEST_F(CredentialsTest, SurroundingsCanBeLeftOut) {
  ::setenv("DFTP_PASSWORD", "a", 1);
  write(".netrc", "machine host password b");
  write(".ssh/id_ed25519", plain_key);
  sources.surroundings = false;
  EXPECT_TRUE(found().list.empty());
}

TEST_F(CredentialsTest, PasswordIsTheFilesFirstLine) {
  sources.password_file = write("password", " with spaces \r\nsecond\n");
  const auto login = login_of(found().list.front());
  EXPECT_EQ(login.password, " with spaces ");
  EXPECT_EQ(login.user, "ann");
}

TEST_F(CredentialsTest, GivenFileThatCannotBeUsedIsAnError) {
  sources.password_file = home / "missing";
  EXPECT_TRUE(fails_with(find_credentials(sources, server, "ann"), Code::usage));
  sources.password_file = write("empty", "\n");
  EXPECT_TRUE(fails_with(find_credentials(sources, server, "ann"), Code::usage));
  sources.password_file.clear();
  sources.keys = {home / "missing"};
  EXPECT_TRUE(fails_with(find_credentials(sources, server, "ann"), Code::usage));
  sources.keys = {write("other", "no key")};
  const auto result = find_credentials(sources, server, "ann");
  EXPECT_TRUE(fails_with(result, Code::usage));
  EXPECT_EQ(result.error().where, (home / "other").string());
}

TEST_F(CredentialsTest, EncryptedKeyPointsToTheAgent) {
  sources.keys = {write("locked", locked_key)};
  const auto given = find_credentials(sources, server, "ann");
  ASSERT_TRUE(fails_with(given, Code::usage));
  EXPECT_NE(given.error().detail.find("ssh-add"), std::string::npos);
  sources.keys.clear();
  write(".ssh/id_ed25519", locked_key);
  const auto candidates = found();
  EXPECT_TRUE(candidates.list.empty());
  ASSERT_EQ(candidates.notes.size(), 1u);
  EXPECT_NE(candidates.notes.front().find("ssh-add"), std::string::npos);
}

TEST_F(CredentialsTest, KeySignsForTheUserOnThisConnection) {
  write(".ssh/id_ed25519", plain_key);
  const auto candidates = found();
  ASSERT_EQ(candidates.list.size(), 1u);
  Exporter exporter;
  exporter.emplace().fill(std::byte{1});
  const Login first = candidates.list[0].make(exporter).value();
  exporter->fill(std::byte{2});
  const Login second = candidates.list[0].make(exporter).value();
  EXPECT_EQ(first.key, "ssh-ed25519 " + std::string(plain_key_public));
  EXPECT_EQ(from_base64(first.signature)->size(), 64u);
  EXPECT_NE(first.signature, second.signature);
  EXPECT_EQ(first.user, "ann");
}

TEST_F(CredentialsTest, KeyWithoutTlsIsUnsupported) {
  write(".ssh/id_ed25519", plain_key);
  EXPECT_TRUE(fails_with(found().list[0].make({}), Code::unsupported));
}

TEST_F(CredentialsTest, KeyInTheAgentAndInAFileIsTriedOnce) {
  const FakeAgent agent(home / "agent", FakeAgent::with_one_key());
  ::setenv("SSH_AUTH_SOCK", (home / "agent").c_str(), 1);
  write(".ssh/id_ed25519", key_text("ssh-ed25519", from_hex(rfc_seed).value() + from_hex(rfc_public).value()));
  const auto candidates = found();
  EXPECT_EQ(shown(candidates), Texts{"key: the ssh-agent's key mine"});
  EXPECT_EQ(from_base64(login_of(candidates.list[0]).signature)->size(), 64u);
}

TEST_F(CredentialsTest, DeadAgentIsANote) {
  ::setenv("SSH_AUTH_SOCK", (home / "nobody").c_str(), 1);
  const auto candidates = found();
  EXPECT_TRUE(candidates.list.empty());
  ASSERT_EQ(candidates.notes.size(), 1u);
  EXPECT_NE(candidates.notes.front().find("ssh-agent"), std::string::npos);
}

TEST_F(CredentialsTest, NetrcThatOthersCanReadIsLeftOutWithAWarning) {
  write(".netrc", "machine host login ann password hidden", 0644);
  std::string warning;
  sources.warn = [&](const std::string& text) { warning = text; };
  EXPECT_TRUE(found().list.empty());
  EXPECT_NE(warning.find("chmod 600"), std::string::npos);
  EXPECT_EQ(warning.find("hidden"), std::string::npos);
}

TEST_F(CredentialsTest, NetrcOfOtherHostsIsNoBusinessOfOurs) {
  write(".netrc", "machine other login ann password hidden", 0644);
  sources.warn = [&](const std::string& text) { ADD_FAILURE() << text; };
  EXPECT_TRUE(found().list.empty());
}

TEST_F(CredentialsTest, NetrcNamesTheUserWhenNoneIsGiven) {
  write(".netrc", "machine host login cid password p");
  const auto candidates = found("");
  EXPECT_EQ(shown(candidates), (Texts{"password: the password in ~/.netrc", "anonymous: anonymous"}));
  EXPECT_EQ(login_of(candidates.list[0]).user, "cid");
}

TEST_F(CredentialsTest, WithoutUserAnonymousComesBeforeThePrompt) {
  sources.prompt = [](const std::string&) { return "typed"; };
  const auto candidates = found("");
  ASSERT_EQ(candidates.list.size(), 4u);
  EXPECT_EQ(candidates.list[0].method, "anonymous");
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(candidates.list[i].interactive) << i;
}

TEST_F(CredentialsTest, UserAnonymousIsThatAndNothingElse) {
  ::setenv("DFTP_PASSWORD", "a", 1);
  EXPECT_EQ(shown(found("anonymous")), Texts{"anonymous: anonymous"});
}

TEST_F(CredentialsTest, UnixSocketWithoutUserIsThePeer) {
  server = {"", 0, "/run/dftp.sock"};
  ::setenv("DFTP_PASSWORD", "a", 1);
  EXPECT_EQ(shown(found("")), Texts{"peer: the user of this process"});
  EXPECT_EQ(shown(found("ann")), Texts{"password: the password in $DFTP_PASSWORD"});
}

TEST_F(CredentialsTest, GivenKeyOnAUnixSocketIsAnError) {
  server = {"", 0, "/run/dftp.sock"};
  sources.keys = {write("given", plain_key)};
  EXPECT_TRUE(fails_with(find_credentials(sources, server, "ann"), Code::usage));
}

TEST_F(CredentialsTest, PromptAsksOncePerCandidateAndNamesUserAndServer) {
  int asked = 0;
  std::string question;
  sources.prompt = [&](const std::string& text) -> std::optional<std::string> {
    question = text;
    return "typed" + std::to_string(++asked);
  };
  const auto candidates = found();
  ASSERT_EQ(candidates.list.size(), 3u);
  EXPECT_EQ(login_of(candidates.list[0]).password, "typed1");
  EXPECT_EQ(login_of(candidates.list[0]).password, "typed1");
  EXPECT_EQ(login_of(candidates.list[1]).password, "typed2");
  EXPECT_EQ(question, "Password for ann on host:2121: ");
}

TEST_F(CredentialsTest, NoAnswerCancels) {
  sources.prompt = [](const std::string&) { return std::nullopt; };
  EXPECT_TRUE(fails_with(found().list[0].make({}), Code::cancelled));
}

TEST_F(CredentialsTest, ErrorSaysWhatWasTriedAndWhatNot) {
  Candidates candidates;
  candidates.notes = {"no agent"};
  const Error error = login_error(candidates, {"the key a", "the password b"}, server);
  EXPECT_EQ(error.code, Code::login_failed);
  EXPECT_EQ(describe(error), "host:2121: the server refused the key a, the password b; no agent");
  EXPECT_EQ(describe(login_error({}, {}, server)), "host:2121: there is nothing to log in with");
}

}  // namespace
}  // namespace dftp::client
