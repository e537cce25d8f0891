#include "server/auth/authenticator.h"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <limits>
#include <thread>

#include "tests/support/temporary_directory.h"
#include "tests/unit/auth/support.h"

namespace dftp::server {
namespace {

using Words = std::vector<std::string>;

Login with_password(std::string user, std::string password) {
  return {"password", std::move(user), std::move(password), "", ""};
}
Login with_key(std::string user) {
  return {"key", std::move(user), "", std::string(fixed_key), std::string(fixed_signature)};
}
Login by(std::string method) {
  return {std::move(method), "", "", "", ""};
}

struct Authentication : testing::Test {
  TemporaryDirectory directory;
  LoginPolicy policy;
  LoginContext tls{fixed_exporter(), {}};
  const std::uint32_t stranger = 54321;  // a uid that no system here knows

  LoginContext process(std::uint32_t uid) const { return {{}, uid}; }

  void SetUp() override {
    User alice = user_named("alice");
    alice.keys = {PublicKey::parse(fixed_key).value()};
    alice.home = RemotePath::parse("a").value();
    User reader = user_named("reader");
    reader.read_only = true;
    User keyless = user_named("keyless");
    keyless.password.reset();
    keyless.uid = stranger;
    save({alice, reader, keyless});
  }
  void save(Users users) const {
    ASSERT_TRUE(change_users(directory.path(), [&](Users& now) -> Result<void> {
      now = std::move(users);
      return {};
    }));
  }
  Result<Principal> login(const Login& login, const LoginContext& context) const {
    return Authenticator(directory.path(), policy).login(login, context);
  }
};

TEST_F(Authentication, by_password_gives_what_the_user_may) {
  const auto alice = login(with_password("alice", "secret"), tls);
  ASSERT_TRUE(alice) << describe(alice.error());
  EXPECT_EQ(alice->user, "alice");
  EXPECT_EQ(alice->home.absolute(), "/a");
  EXPECT_TRUE(alice->write);
  EXPECT_FALSE(login(with_password("reader", "secret"), tls)->write);
  policy.read_only = true;
  EXPECT_FALSE(login(with_password("alice", "secret"), tls)->write);
}

TEST_F(Authentication, that_fails_says_the_same_whatever_was_wrong) {
  Login no_user = with_key("nobody"), other_user = with_key("reader"), bad_key = with_key("alice"),
        bad_signature = with_key("alice"), no_base64 = with_key("alice");
  bad_key.key = "ssh-ed25519 AAAA";
  bad_signature.signature.replace(3, 1, "X");
  no_base64.signature = "?";
  const Login wrong[] = {
      with_password("alice", "Secret"),
      with_password("nobody", "secret"),
      with_password("keyless", ""),
      with_password("", ""),
      with_password("alice", ""),
      no_user,
      other_user,
      bad_key,
      bad_signature,
      no_base64,
      by("anonymous"),
      by("peer"),
      by("magic"),
      by(""),
  };
  for (const Login& attempt : wrong) {
    const auto result = login(attempt, tls);
    ASSERT_TRUE(fails_with(result, Code::login_failed)) << attempt.method << " " << attempt.user;
    EXPECT_EQ(describe(result.error()), "wrong user, password or key");
    EXPECT_EQ(result.error().errno_name, "");
  }
}

std::uint64_t cpu_nanoseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

// Work and not elapsed time is compared: a busy machine changes the one by little.
TEST_F(Authentication, of_a_user_who_is_not_there_is_as_much_work) {
  const Authenticator authenticator(directory.path(), policy);
  const auto work_of = [&](const Login& attempt) {
    auto least = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 5; ++i) {
      const auto begin = cpu_nanoseconds();
      EXPECT_FALSE(authenticator.login(attempt, tls));
      least = std::min(least, cpu_nanoseconds() - begin);
    }
    return least;
  };
  const auto known = work_of(with_password("alice", "wrong"));
  EXPECT_GT(work_of(with_password("nobody", "wrong")), known / 4);
  EXPECT_GT(work_of(with_password("keyless", "wrong")), known / 4);
}

TEST_F(Authentication, by_key_needs_the_signature_of_this_very_connection) {
  const auto alice = login(with_key("alice"), tls);
  ASSERT_TRUE(alice) << describe(alice.error());
  EXPECT_EQ(alice->user, "alice");
  EXPECT_TRUE(alice->write);
  LoginContext other = tls;
  other.exporter->at(0) ^= std::byte{1};
  EXPECT_FALSE(login(with_key("alice"), other));
  EXPECT_FALSE(login(with_key("alice"), LoginContext()));
}

TEST_F(Authentication, by_key_needs_a_key_that_is_the_user_s) {
  User alice = user_named("alice");
  save({alice});
  EXPECT_FALSE(login(with_key("alice"), tls));  // signed well, but by whom?
  alice.keys = {PublicKey::parse(fixed_key).value()};
  alice.keys[0].key[31] ^= std::byte{1};
  save({alice});
  EXPECT_FALSE(login(with_key("alice"), tls));
  alice.keys.push_back(PublicKey::parse(fixed_key).value());
  save({alice});
  EXPECT_TRUE(login(with_key("alice"), tls));
}

TEST_F(Authentication, without_a_name_only_reads_and_only_when_allowed) {
  EXPECT_FALSE(login(by("anonymous"), tls));
  policy.anonymous = true;
  const auto anyone = login(by("anonymous"), tls);
  ASSERT_TRUE(anyone);
  EXPECT_EQ(anyone->user, "anonymous");
  EXPECT_TRUE(anyone->home.is_root());
  EXPECT_FALSE(anyone->write);
}

TEST_F(Authentication, by_process_knows_a_user_s_uid) {
  const auto user = login(by("peer"), process(stranger));
  ASSERT_TRUE(user) << describe(user.error());
  EXPECT_EQ(user->user, "keyless");
  EXPECT_FALSE(login(by("peer"), process(stranger + 1)));
}

TEST_F(Authentication, by_process_believes_no_name) {
  const passwd* daemon = ::getpwnam("daemon");
  if (!daemon || daemon->pw_uid == ::geteuid()) GTEST_SKIP() << "no user daemon here";
  EXPECT_FALSE(login(by("peer"), process(daemon->pw_uid)));
  User user = user_named("daemon");
  save({user});
  EXPECT_FALSE(login(by("peer"), process(daemon->pw_uid)));
  user.name = "somebody";
  user.uid = daemon->pw_uid;
  save({user});
  EXPECT_EQ(login(by("peer"), process(daemon->pw_uid))->user, "somebody");
}

TEST_F(Authentication, of_the_server_s_own_user_needs_no_entry) {
  const auto owner = login(by("peer"), process(::geteuid()));
  ASSERT_TRUE(owner) << describe(owner.error());
  const passwd* self = ::getpwuid(::geteuid());
  EXPECT_EQ(owner->user, self ? self->pw_name : "owner");
  EXPECT_TRUE(owner->home.is_root());
  EXPECT_TRUE(owner->write);
  policy.read_only = true;
  EXPECT_FALSE(login(by("peer"), process(::geteuid()))->write);
}

TEST_F(Authentication, of_the_server_s_own_user_takes_an_entry_at_its_word) {
  User self = user_named("me");
  self.uid = ::geteuid();
  self.read_only = true;
  save({self});
  const auto owner = login(by("peer"), process(::geteuid()));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->user, "me");
  EXPECT_FALSE(owner->write);
}

TEST_F(Authentication, follows_the_file) {
  const Authenticator authenticator(directory.path(), policy);
  ASSERT_TRUE(authenticator.login(with_password("alice", "secret"), tls));
  save({user_named("bob")});
  EXPECT_FALSE(authenticator.login(with_password("alice", "secret"), tls));
  EXPECT_TRUE(authenticator.login(with_password("bob", "secret"), tls));
}

TEST_F(Authentication, rests_on_the_user_as_he_was) {
  const Authenticator authenticator(directory.path(), policy);
  const auto alice = authenticator.login(with_password("alice", "secret"), tls);
  ASSERT_TRUE(alice && alice->record);
  const auto holds = [&] { return authenticator.check() && authenticator.holds(alice->record.get()); };
  EXPECT_TRUE(holds());
  User same = *alice->record;
  save({user_named("bob"), same});
  EXPECT_TRUE(holds());
  const auto changed = [&](auto change) {
    User user = same;
    change(user);
    save({user});
    const bool held = holds();
    save({same});
    return !held && holds();
  };
  EXPECT_TRUE(changed([](User& user) { user.read_only = true; }));
  EXPECT_TRUE(changed([](User& user) { user.act_as = true; }));
  EXPECT_TRUE(changed([](User& user) { user.talk = false; }));
  EXPECT_TRUE(changed([](User& user) { user.uid = 7; }));
  EXPECT_TRUE(changed([](User& user) { user.home = {}; }));
  EXPECT_TRUE(changed([](User& user) { user.limit_rate = 4096; }));
  EXPECT_TRUE(changed([](User& user) { user.keys.clear(); }));
  EXPECT_TRUE(changed([](User& user) { user.name = "other"; }));
  EXPECT_TRUE(changed([](User& user) { user.password = PasswordHash::of("secret").value(); }));
  EXPECT_TRUE(authenticator.holds(nullptr));
}

TEST_F(Authentication, another_policy_holds_for_the_next_login_and_for_who_is_here) {
  policy = {.anonymous = true, .read_only = false, .talk = true};
  Authenticator authenticator(directory.path(), policy);
  const auto before = authenticator.generation();
  authenticator.change(policy);
  EXPECT_EQ(authenticator.generation(), before) << "nothing has changed";
  const std::string anonymous(anonymous_user);
  EXPECT_TRUE(authenticator.permits("alice", true) && authenticator.permits(anonymous, false));
  authenticator.change({.anonymous = false, .read_only = true, .talk = false});
  EXPECT_NE(authenticator.generation(), before);
  EXPECT_FALSE(authenticator.permits("alice", true));
  EXPECT_TRUE(authenticator.permits("alice", false));
  EXPECT_FALSE(authenticator.permits(anonymous, false));
  EXPECT_FALSE(authenticator.login(by("anonymous"), tls));
  const auto alice = authenticator.login(with_password("alice", "secret"), tls);
  ASSERT_TRUE(alice);
  EXPECT_FALSE(alice->write || alice->talk);
}

TEST_F(Authentication, a_mistake_in_the_file_takes_nobody_anything_away) {
  const Authenticator authenticator(directory.path(), policy);
  const auto alice = authenticator.login(with_password("alice", "secret"), tls);
  const auto before = authenticator.generation();
  write_to(directory / "users.toml", "broken");
  EXPECT_FALSE(authenticator.check());
  EXPECT_TRUE(authenticator.holds(alice->record.get()));
  EXPECT_EQ(authenticator.generation(), before);
  std::filesystem::remove(directory / "users.toml");
  EXPECT_TRUE(authenticator.check());
  EXPECT_FALSE(authenticator.holds(alice->record.get()));
}

TEST_F(Authentication, lets_nobody_in_while_the_file_is_broken) {
  policy.anonymous = true;
  const Authenticator authenticator(directory.path(), policy);
  ASSERT_TRUE(authenticator.check());
  write_to(directory / "users.toml", "[[user]]\nname = \"alice\"\ncolour = \"red\"\n");
  for (const Login& attempt : {with_password("alice", "secret"), with_key("alice"), by("anonymous")}) {
    EXPECT_TRUE(fails_with(authenticator.login(attempt, tls), Code::login_failed)) << attempt.method;
  }
  EXPECT_TRUE(fails_with(authenticator.login(by("peer"), process(::geteuid())), Code::login_failed));
  const auto checked = authenticator.check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().where, (directory / "users.toml").string() + ":3");
}

TEST_F(Authentication, offers_what_the_connection_can_do) {
  const Authenticator strict(directory.path(), policy);
  EXPECT_EQ(strict.methods(false), (Words{"password", "key"}));
  EXPECT_EQ(strict.methods(true), (Words{"password", "peer"}));
  const Authenticator open(directory.path(), {.anonymous = true, .read_only = false});
  EXPECT_EQ(open.methods(false), (Words{"password", "key", "anonymous"}));
  EXPECT_EQ(open.methods(true), (Words{"password", "anonymous", "peer"}));
}

TEST_F(Authentication, works_on_many_threads_while_the_file_changes) {
  const Authenticator authenticator(directory.path(), policy);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) EXPECT_TRUE(authenticator.login(with_key("alice"), tls));
    });
  }
  for (int k = 0; k < 20; ++k) {
    EXPECT_TRUE(change_users(directory.path(), [&](Users& users) -> Result<void> {
      users.push_back(user_named("extra" + std::to_string(k)));
      return {};
    }));
  }
}

}  // namespace
}  // namespace dftp::server
