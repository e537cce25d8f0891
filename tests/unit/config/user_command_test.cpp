#include "server/config/user_command.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "server/auth/user_file.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/config/support.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr std::string_view key_line =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbemOOlKJx3ADjjl3DFy9OfH3C5zpruewUwFguO6J4M me";

// Standard input comes from a file while this lives.
class InputFrom {
 public:
  explicit InputFrom(const fs::path& file) : before_(::dup(STDIN_FILENO)) { put(::open(file.c_str(), O_RDONLY)); }
  InputFrom(const InputFrom&) = delete;
  ~InputFrom() { put(before_); }

 private:
  static void put(int descriptor) {
    ::dup2(descriptor, STDIN_FILENO);
    ::close(descriptor);
  }
  int before_;
};

struct UserCommand : testing::Test {
  TemporaryDirectory directory;
  fs::path state = directory / "state";
  std::string out, err;  // of the last call

  void SetUp() override {
    write_to(directory / "password", "secret\n");
    fs::permissions(directory / "password", fs::perms::owner_read);
    write_to(directory / "key.pub", std::string(key_line) + "\n");
  }
  int call(Words arguments) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const int code = user_command(arguments);
    std::fflush(stdout);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code;
  }
  int user(Words arguments) {
    arguments.insert(arguments.end(), {"--state", state});
    return call(arguments);
  }
  int add(const std::string& name, Words options = {}) {
    options.insert(options.begin(), {"add", name, "--password-file", directory / "password"});
    return user(options);
  }
  User saved(const std::string& name) const {
    const Users users = read_users(state).value();
    return *find_user(users, name);
  }
  bool one_line() const { return err.ends_with('\n') && std::ranges::count(err, '\n') == 1; }
};

TEST_F(UserCommand, add_makes_a_user_with_all_that_was_said) {
  ASSERT_EQ(add("alice", {"--home", "a/b", "--read-only", "--act-as", "--uid", "7", "--key", directory / "key.pub"}), 0)
      << err;
  EXPECT_EQ(err, "");
  EXPECT_TRUE(out.starts_with("made user alice (state " + state.string() + ")\n  access  read\n")) << out;
  EXPECT_NE(out.find("/a/b, if it is there"), out.npos) << out;
  const User alice = saved("alice");
  EXPECT_TRUE(alice.password->matches("secret"));
  EXPECT_EQ(alice.home.absolute(), "/a/b");
  EXPECT_TRUE(alice.read_only && alice.act_as);
  EXPECT_EQ(alice.uid, 7u);
  ASSERT_EQ(alice.keys.size(), 1u);
  EXPECT_EQ(alice.keys[0].text(), key_line);
}

TEST_F(UserCommand, add_with_a_key_only_needs_no_password) {
  ASSERT_EQ(user({"add", "robot", "--key", directory / "key.pub"}), 0) << err;
  EXPECT_FALSE(saved("robot").password);
}

TEST_F(UserCommand, add_reads_the_password_from_standard_input) {
  write_to(directory / "input", "two words\r\nmore\n");
  {
    const InputFrom input(directory / "input");
    ASSERT_EQ(user({"add", "alice", "--password-stdin"}), 0) << err;
  }
  EXPECT_TRUE(saved("alice").password->matches("two words"));  // as the client reads a password file
}

TEST_F(UserCommand, add_of_a_user_who_is_there_changes_nothing) {
  ASSERT_EQ(add("alice"), 0);
  EXPECT_EQ(add("alice", {"--read-only"}), 1);
  EXPECT_TRUE(err.find("alice: ") != err.npos && one_line()) << err;
  EXPECT_FALSE(saved("alice").read_only);
  const InputFrom nobody("/dev/null");
  EXPECT_EQ(user({"add", "alice"}), 1) << "asked for a password in vain: " << err;
  ASSERT_EQ(add("bob", {"--uid", "7"}), 0);
  EXPECT_EQ(add("carol", {"--uid", "7"}), 1);
  EXPECT_NE(err.find("bob"), err.npos) << err;
}

TEST_F(UserCommand, a_password_file_that_others_can_read_gets_a_warning) {
  EXPECT_EQ(add("alice"), 0);
  EXPECT_EQ(err, "");
  fs::permissions(directory / "password", fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(add("bob"), 0);
  EXPECT_TRUE(err.find("warning") != err.npos && one_line()) << err;
}

TEST_F(UserCommand, passwd_replaces_the_password_only) {
  ASSERT_EQ(add("alice", {"--read-only"}), 0);
  write_to(directory / "next", "changed");
  ASSERT_EQ(user({"passwd", "alice", "--password-file", directory / "next"}), 0) << err;
  EXPECT_TRUE(saved("alice").password->matches("changed"));
  EXPECT_TRUE(saved("alice").read_only);
}

TEST_F(UserCommand, key_replaces_the_keys_only) {
  ASSERT_EQ(add("alice"), 0);
  const std::string key = directory / "key.pub";
  ASSERT_EQ(user({"key", "alice", "--key", key, "--key", key}), 0) << err;
  EXPECT_EQ(saved("alice").keys.size(), 2u);
  ASSERT_EQ(user({"key", "alice", "--key", key}), 0) << err;
  EXPECT_EQ(saved("alice").keys.size(), 1u);
  EXPECT_TRUE(saved("alice").password->matches("secret"));
  EXPECT_EQ(user({"key", "alice"}), 2);
}

TEST_F(UserCommand, key_files_may_hold_comments_and_several_keys) {
  write_to(directory / "keys", "# mine\n\n" + std::string(key_line) + "\r\n" + std::string(key_line) + " again");
  ASSERT_EQ(user({"add", "alice", "--key", directory / "keys"}), 0) << err;
  EXPECT_EQ(saved("alice").keys.at(0).comment, "me");
  EXPECT_EQ(saved("alice").keys.at(1).comment, "me again");
}

TEST_F(UserCommand, remove_takes_one_user_away) {
  ASSERT_EQ(add("alice"), 0);
  ASSERT_EQ(add("bob"), 0);
  ASSERT_EQ(add("carol"), 0);
  ASSERT_EQ(user({"remove", "bob"}), 0) << err;
  const Users left = read_users(state).value();
  ASSERT_EQ(left.size(), 2u);
  EXPECT_EQ(left[0].name, "alice");
  EXPECT_EQ(left[1].name, "carol");
}

TEST_F(UserCommand, whoever_is_not_there_is_an_error) {
  ASSERT_EQ(add("alice"), 0);
  for (const Words& arguments : {Words{"passwd", "bob", "--password-file", directory / "password"},
                                 Words{"key", "bob", "--key", directory / "key.pub"}, Words{"remove", "bob"}}) {
    EXPECT_EQ(user(arguments), 1) << arguments[0];
    EXPECT_TRUE(err.find("bob: ") != err.npos && one_line()) << err;
  }
}

TEST_F(UserCommand, list_is_a_table) {
  EXPECT_EQ(user({"list"}), 1);
  EXPECT_NE(err.find("holds no users"), err.npos) << err;
  EXPECT_FALSE(fs::exists(state));
  fs::create_directory(state);
  ASSERT_EQ(user({"list"}), 0);
  EXPECT_EQ(out, "USER  ACCESS  LOGIN  HOME\n");
  ASSERT_EQ(add("alice", {"--uid", "7", "--key", directory / "key.pub"}), 0);
  ASSERT_EQ(add("bob", {"--read-only", "--home", "b"}), 0);
  ASSERT_EQ(user({"list"}), 0);
  EXPECT_EQ(out,
            "USER   ACCESS  LOGIN                   HOME\n"
            "alice  write   password, 1 key, uid 7  /\n"
            "bob    read    password                /b\n");
}

TEST_F(UserCommand, never_waits_for_a_password_that_nobody_can_type) {
  const InputFrom input("/dev/null");
  EXPECT_EQ(user({"add", "alice"}), 2);
  EXPECT_TRUE(err.find("--password-file") != err.npos && err.find("--password-stdin") != err.npos && one_line()) << err;
  EXPECT_FALSE(fs::exists(state));
}

TEST_F(UserCommand, a_wrong_call_is_one_clear_line) {
  write_to(directory / "empty", "\n");
  fs::permissions(directory / "empty", fs::perms::owner_read);
  write_to(directory / "rsa.pub", "ssh-rsa AAAA me\n");
  const std::string password = directory / "password", key = directory / "key.pub";
  const Words wrong[] = {
      {},
      {"frob"},
      {"add"},
      {"list", "--colour"},
      {"add", "a b", "--password-file", password},
      {"add", "anonymous", "--password-file", password},
      {"add", "x", "--password-file", password, "--password-stdin"},
      {"add", "x", "--password-file", password, "--password-file", password},
      {"add", "x", "--password-file", directory / "empty"},
      {"add", "x", "--key", directory / "rsa.pub"},
      {"add", "x", "--key", directory / "empty"},
      {"add", "x", "--key", key, "--home", "../x"},
      {"add", "x", "--key", key, "--home", "a\xff"},
      {"add", "x", "--key", key, "--uid", "root"},
      {"add", "x", "--key", key, "--uid", "4294967296"},
      {"add", "x", "y", "z", "--key", key},
  };
  for (const Words& arguments : wrong) {
    EXPECT_EQ(user(arguments), 2) << testing::PrintToString(arguments);
    EXPECT_TRUE(err.starts_with("dftp-server: ") && one_line()) << err;
    EXPECT_EQ(out, "");
  }
  EXPECT_EQ(call({"list"}), 2);  // whose?
  EXPECT_FALSE(fs::exists(state));
}

TEST_F(UserCommand, what_cannot_be_read_is_an_error) {
  write_to(directory / "long", std::string(2000, 'x'));
  for (const char* name : {"none", "long"}) {
    EXPECT_EQ(user({"add", "x", "--password-file", directory / name}), 1) << name;
    EXPECT_NE(err.find(name), err.npos) << err;
  }
  ASSERT_TRUE(make_state(state));
  write_to(state / "users.toml", "broken");
  EXPECT_EQ(user({"list"}), 2);
  EXPECT_NE(err.find("users.toml:1: "), err.npos) << err;
  EXPECT_EQ(add("x"), 2);
}

TEST_F(UserCommand, an_option_that_an_action_does_not_use_is_named_and_nothing_is_done) {
  ASSERT_EQ(add("alice"), 0);
  const std::string password = directory / "password", key = directory / "key.pub";
  const User before = saved("alice");
  const std::pair<Words, Words> wrong[] = {
      {{"passwd", "alice", "--password-file", password, "--read-only"}, {"--read-only"}},
      {{"passwd", "alice", "--password-file", password, "--home", "x", "--uid", "7"}, {"--home", "--uid"}},
      {{"passwd", "alice", "--password-file", password, "--key", key}, {"--key"}},
      {{"passwd", "alice", "--password-file", password, "--read-only=false"}, {"--read-only"}},
      {{"key", "alice", "--key", key, "--limit-rate", "1M"}, {"--limit-rate"}},
      {{"key", "alice", "--key", key, "--password-file", password}, {"--password-file"}},
      {{"remove", "alice", "--no-talk"}, {"--no-talk"}},
      {{"list", "--act-as", "--password-stdin"}, {"--act-as", "--password-stdin"}},
  };
  for (const auto& [arguments, names] : wrong) {
    EXPECT_EQ(user(arguments), 2) << testing::PrintToString(arguments);
    for (const std::string& name : names) EXPECT_NE(err.find(name), err.npos) << err;
    EXPECT_TRUE(one_line()) << err;
    EXPECT_EQ(saved("alice"), before);
  }
}

struct Home : UserCommand {
  const fs::path share = fs::canonical(directory.path()) / "share";
  void SetUp() override {
    UserCommand::SetUp();
    fs::create_directory(share);
  }
  int add_to_share(const std::string& name, Words options) {
    options.insert(options.begin(), share);
    return add(name, options);
  }
};

TEST_F(Home, is_made_where_it_is_missing) {
  ASSERT_EQ(add_to_share("alice", {"--home", "a/b"}), 0) << err;
  EXPECT_TRUE(fs::is_directory(share / "a/b"));
  EXPECT_NE(out.find("made user alice of " + share.string()), out.npos) << out;
  EXPECT_NE(out.find("/a/b, made now"), out.npos) << out;
  ASSERT_EQ(add_to_share("bob", {"--home", "a"}), 0) << err;
  EXPECT_EQ(out.find("made now"), out.npos) << out;
}

TEST_F(Home, may_be_named_by_its_path_on_this_machine) {
  fs::create_directory(share / "there");
  fs::create_directory_symlink(share, directory / "link");
  const std::pair<std::string, std::string> homes[] = {{share / "new", "/new"},
                                                       {share / "there/", "/there"},
                                                       {"/there", "/there"},
                                                       {directory / "link/a", "/a"},
                                                       {share, "/"}};
  int number = 0;
  for (const auto& [given, meant] : homes) {
    const std::string name = "user" + std::to_string(++number);
    ASSERT_EQ(add_to_share(name, {"--home", given}), 0) << err;
    EXPECT_EQ(saved(name).home.absolute(), meant) << given;
    EXPECT_TRUE(fs::is_directory(share / meant.substr(1)));
  }
}

TEST_F(Home, that_cannot_be_is_refused_by_name_and_nothing_is_made) {
  fs::create_directory(directory / "outside");
  fs::create_directory_symlink(directory / "outside", share / "link");
  write_to(share / "file", "x");
  for (const std::string home : {"/home/alice", "/new", "", "link", "link/x", "file", "new/../../x", ".dftp-part-x"}) {
    EXPECT_NE(add_to_share("alice", {"--home", home}), 0) << home;
    const std::string first = home.substr(0, home.find('/', 1));
    EXPECT_TRUE(one_line() && (err.find("--home") != err.npos || err.find(first) != err.npos)) << err;
    EXPECT_TRUE(read_users(state).value().empty());
  }
  EXPECT_TRUE(fs::is_empty(directory / "outside"));
  EXPECT_EQ(std::distance(fs::directory_iterator(share), {}), 2);
}

TEST_F(Home, is_taken_away_again_when_the_user_cannot_be_written) {
  ASSERT_EQ(add("bob", {"--uid", "7"}), 0);
  EXPECT_NE(add_to_share("alice", {"--home", "a/b", "--uid", "7"}), 0);
  EXPECT_FALSE(fs::exists(share / "a"));
  fs::create_directory(state / "users.toml.new");  // in the way of every change
  EXPECT_NE(add_to_share("alice", {"--home", "a/b"}), 0);
  EXPECT_FALSE(fs::exists(share / "a"));
}

TEST_F(UserCommand, whoever_wants_to_know_is_told_of_a_change) {
  std::vector<fs::path> told;
  const auto tell = [&](const fs::path& changed) { told.push_back(changed); };
  const Words add = {"add", "alice", "--key", directory / "key.pub", "--state", state};
  const Words list = {"list", "--state", state};
  testing::internal::CaptureStdout();
  EXPECT_EQ(user_command(add, tell), 0);
  EXPECT_EQ(user_command(list, tell), 0);
  testing::internal::GetCapturedStdout();
  EXPECT_EQ(told, std::vector<fs::path>{fs::weakly_canonical(state)});
}

TEST_F(UserCommand, finds_the_share_by_its_directory_or_its_file) {
  write_to(directory / "dftp.toml", "state = \"state\"\n");
  ASSERT_EQ(call({"add", "alice", "--key", directory / "key.pub", "--config", directory / "dftp.toml"}), 0) << err;
  EXPECT_EQ(saved("alice").name, "alice");
  EXPECT_EQ(call({"list", directory / "none"}), 1);
}

TEST_F(UserCommand, help_names_every_action_and_option) {
  EXPECT_EQ(call({"--help"}), 0);
  for (const char* word :
       {"add NAME", "passwd NAME", "key NAME", "remove NAME", "list", "--password-file FILE", "--password-stdin",
        "--key FILE", "--home SUBDIR", "--read-only", "--uid UID", "--state DIR", "--config FILE", "--help"}) {
    EXPECT_NE(out.find(word), out.npos) << word;
  }
}

}  // namespace
}  // namespace dftp::server
