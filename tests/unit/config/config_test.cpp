#include "server/config/config.h"

#include "server/config/config_options.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/config/support.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

struct Configuration : testing::Test {
  TemporaryDirectory directory;
  fs::path share = fs::canonical(directory.path()) / "share";
  fs::path state = fs::canonical(directory.path()) / "state";
  fs::path file = fs::canonical(directory.path()) / "dftp.toml";

  void SetUp() override { fs::create_directory(share); }

  Result<Config> config(const Words& arguments) const {
    const auto line = parse_command_line(arguments, server_options());
    if (!line) return std::unexpected(line.error());
    return make_config(*line);
  }
  // With a state of its own and the options.
  Result<Config> sharing(Words options) const {
    options.insert(options.begin(), {share, "--state", state});
    return config(options);
  }
  Result<Config> from_file(const std::string& text, Words options = {}) const {
    write_to(file, text);
    options.insert(options.begin(), {"--config", file});
    return sharing(options);
  }
};

TEST_F(Configuration, of_a_directory_alone_has_sound_defaults) {
  const auto got = sharing({});
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->root, share);
  EXPECT_EQ(got->state, state);
  EXPECT_EQ(got->listen, (std::vector<Endpoint>{{"::", 2121, ""}}));
  EXPECT_FALSE(got->read_only || got->anonymous || got->allow_plain_data);
  EXPECT_EQ(got->log_format, LogFormat::text);
  EXPECT_TRUE(got->log_file.empty() && got->certificate.empty() && got->key.empty());
  EXPECT_EQ(got->grace, std::chrono::seconds(10));
  EXPECT_GE(got->threads, 1u);
  EXPECT_LE(got->threads, 16u);
  EXPECT_GE(got->disk_threads, 1u);
  EXPECT_EQ(got->max_sessions, limits::sessions);
}

const Words every_option = {"--listen",
                            "127.0.0.1:0",
                            "--listen",
                            "unix:/run/s",
                            "--read-only",
                            "--anonymous",
                            "--grace",
                            "0",
                            "--certificate",
                            "/c.pem",
                            "--key",
                            "/k.pem",
                            "--allow-plain-data",
                            "--log-format",
                            "json",
                            "--log-file",
                            "/log",
                            "--threads",
                            "3",
                            "--disk-threads",
                            "4",
                            "--max-sessions",
                            "9",
                            "--max-jobs",
                            "7",
                            "--limit-rate",
                            "2M"};

void expect_every_option(const Config& config) {
  EXPECT_EQ(config.listen, (std::vector<Endpoint>{{"127.0.0.1", 0, ""}, {"", 2121, "/run/s"}}));
  EXPECT_TRUE(config.read_only && config.anonymous && config.allow_plain_data);
  EXPECT_EQ(config.log_format, LogFormat::json);
  EXPECT_EQ(config.log_file, "/log");
  EXPECT_EQ(config.certificate, "/c.pem");
  EXPECT_EQ(config.key, "/k.pem");
  EXPECT_EQ(config.grace, std::chrono::seconds(0));
  EXPECT_EQ(config.threads, 3u);
  EXPECT_EQ(config.disk_threads, 4u);
  EXPECT_EQ(config.max_sessions, 9u);
  EXPECT_EQ(config.max_jobs, 7u);
  EXPECT_EQ(config.limit_rate, 2u << 20);
}

TEST_F(Configuration, every_option_does_its_work) {
  const auto got = sharing(every_option);
  ASSERT_TRUE(got) << describe(got.error());
  expect_every_option(*got);
}

const std::string every_key = R"(
listen = ["127.0.0.1:0", "unix:/run/s"]
read-only = true
anonymous = true
allow-plain-data = true
certificate = "/c.pem"
key = "/k.pem"
log-format = "json"
log-file = "/log"
grace = 0
threads = 3
disk-threads = 4
max-sessions = 9
max-jobs = 7
limit-rate = "2M"
)";

TEST_F(Configuration, every_key_does_its_work) {
  const auto got = from_file(every_key);
  ASSERT_TRUE(got) << describe(got.error());
  expect_every_option(*got);
}

TEST_F(Configuration, the_file_can_say_it_all) {
  write_to(file, "root = \"share\"\nstate = \"state\"\nlisten = \"unix:sock\"\n");
  const auto got = config({"--config", file});
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_EQ(got->root, share);  // relative paths begin where the file is
  EXPECT_EQ(got->state, state);
  EXPECT_EQ(got->listen.at(0).unix_socket, directory / "sock");
}

TEST_F(Configuration, options_win_over_the_file_and_later_ones_over_earlier_ones) {
  const auto got =
      from_file(every_key, {"--read-only=false", "--listen", "[::1]:1", "--threads", "5", "--threads", "6"});
  ASSERT_TRUE(got) << describe(got.error());
  EXPECT_FALSE(got->read_only);
  EXPECT_TRUE(got->anonymous);
  EXPECT_EQ(got->listen, (std::vector<Endpoint>{{"::1", 1, ""}}));
  EXPECT_EQ(got->threads, 6u);
}

TEST_F(Configuration, the_word_wins_over_the_file_s_root) {
  write_to(file, "root = \"/nowhere\"\n");
  EXPECT_EQ(config({share, "--config", file, "--state", state})->root, share);
}

TEST_F(Configuration, a_wrong_value_is_named_with_its_option) {
  const std::pair<const char*, const char*> wrong[] = {
      {"--grace", "soon"},     {"--grace", "-1"},
      {"--grace", "86401"},    {"--grace", "1s"},
      {"--threads", "0"},      {"--threads", "257"},
      {"--threads", ""},       {"--disk-threads", "99999999999999999999"},
      {"--log-format", "xml"}, {"--listen", "a:b:c"},
      {"--listen", ""},        {"--max-sessions", "20001"},
      {"--limit-rate", "5B"},  {"--read-only=maybe", ""},
      {"--log-file", ""},      {"--anonymous=", ""},
  };
  for (const auto& [option, value] : wrong) {
    const bool alone = std::string_view(option).find('=') != std::string_view::npos;
    const auto got = sharing(alone ? Words{option} : Words{option, value});
    ASSERT_TRUE(fails_with(got, Code::usage)) << option << " " << value;
    EXPECT_TRUE(std::string_view(option).starts_with(got.error().where)) << got.error().where;
    EXPECT_EQ(got.error().detail.find("must be "), 0u) << got.error().detail;
  }
}

TEST_F(Configuration, a_wrong_value_in_the_file_is_named_with_its_line) {
  const char* const wrong[] = {
      "grace = \"10\"",      "grace = 1.5",        "grace = -1",
      "threads = 0",         "threads = true",     "read-only = 1",
      "read-only = \"yes\"", "listen = 2121",      "listen = []",
      "listen = [1]",        "listen = \"a:b:c\"", "log-format = 1",
      "log-format = \"x\"",  "log-file = 1",       "log-file = \"\"",
      "state = [\"a\"]",     "listen = {a = 1}",   "max-sessions = 99999999999",
      "limit-rate = 10",     "limit-rate = true",
  };
  for (const std::string text : wrong) {
    const auto got = from_file("# first line\n\n" + text + "\n");
    ASSERT_TRUE(fails_with(got, Code::usage)) << text;
    EXPECT_EQ(got.error().where, file.string() + ":3") << text;
    EXPECT_EQ(got.error().detail.find(text.substr(0, text.find(' ')) + " must be "), 0u) << got.error().detail;
  }
}

TEST_F(Configuration, an_unknown_key_is_named_with_its_line_and_the_keys_there_are) {
  for (const std::string text : {"lisen = 5", "config = \"x\"", "help = true", "[section]", "\"\" = 1"}) {
    const auto got = from_file("\n" + text + "\n");
    ASSERT_TRUE(fails_with(got, Code::usage)) << text;
    EXPECT_EQ(got.error().where, file.string() + ":2") << text;
    for (const auto& [option, field, needs] : config_options()) {
      EXPECT_NE(got.error().detail.find(option.name), std::string::npos) << option.name;
    }
  }
}

TEST_F(Configuration, a_file_that_is_no_toml_or_not_there_is_named) {
  const auto torn = from_file("grace = 5\nlisten = \"torn\n");
  ASSERT_TRUE(fails_with(torn, Code::usage));
  EXPECT_EQ(torn.error().where, file.string() + ":2");
  const auto missing = sharing({"--config", directory / "none.toml"});
  ASSERT_TRUE(fails_with(missing, Code::not_found));
  EXPECT_EQ(missing.error().where, directory / "none.toml");
}

TEST_F(Configuration, needs_one_directory_that_is_there) {
  write_to(directory / "plain", "");
  EXPECT_TRUE(fails_with(config({}), Code::usage));
  EXPECT_TRUE(fails_with(config({share, share}), Code::usage));
  EXPECT_TRUE(fails_with(config({share, "--root", share}), Code::usage));
  EXPECT_TRUE(fails_with(config({directory / "none"}), Code::not_found));
  EXPECT_TRUE(fails_with(config({directory / "plain"}), Code::not_directory));
  EXPECT_EQ(config({"--root", share, "--state", state})->root, share);
}

TEST_F(Configuration, certificate_and_key_come_together) {
  EXPECT_TRUE(fails_with(sharing({"--key", "/k"}), Code::usage));
  EXPECT_TRUE(fails_with(sharing({"--certificate", "/c"}), Code::usage));
}

TEST_F(Configuration, the_state_is_never_inside_what_is_shared) {
  fs::create_directory_symlink(share, directory / "link");
  for (const fs::path& inside :
       {share, share / "state", share / "a/b", directory / "link/state", share / ".", directory / "state/../share/x"}) {
    EXPECT_TRUE(fails_with(config({share, "--state", inside}), Code::usage)) << inside;
  }
  for (const fs::path& outside : {state, directory / "share-state", directory / "share/../state", directory.path()}) {
    EXPECT_TRUE(config({share, "--state", outside})) << outside;
  }
}

// By each name that leads there.
TEST_F(Configuration, nothing_of_the_server_lies_inside_what_is_shared) {
  fs::create_directory_symlink(share, directory / "link");
  write_to(share / "key.pem", "");
  fs::create_symlink(share / "key.pem", directory / "key.pem");
  fs::create_symlink(file, share / "away");
  const Words inside[] = {
      {"--certificate", directory / "c", "--key", share / "key.pem"},
      {"--certificate", directory / "c", "--key", directory / "key.pem"},
      {"--certificate", directory / "c", "--key", directory / "link/key.pem"},
      {"--certificate", share / "c", "--key", directory / "k"},
      {"--log-file", share / "log"},
      {"--log-file", directory / "link/a/log"},
      {"--log-file", share / "away"},  // whoever may write there may name something else by it
      {"--log-file", directory / "x/../share/log"},
      {"--listen", "unix:" + (share / "socket").string()},
  };
  for (const Words& options : inside) {
    const auto got = sharing(options);
    ASSERT_TRUE(fails_with(got, Code::usage)) << testing::PrintToString(options);
    EXPECT_NE(got.error().detail.find("name another place with --"), std::string::npos) << describe(got.error());
  }
  write_to(share / "dftp.toml", "");
  EXPECT_TRUE(fails_with(sharing({"--config", share / "dftp.toml"}), Code::usage));
  EXPECT_TRUE(sharing({"--log-file", directory / "log"}));
}

TEST_F(Configuration, what_is_the_server_s_own_is_closed_to_others) {
  using enum fs::perms;
  const auto with_mode = [&](const fs::path& path, fs::perms mode, const Words& options) {
    const fs::perms before = fs::status(path).permissions();
    fs::permissions(path, mode);
    const auto got = sharing(options);
    fs::permissions(path, before);
    if (got) return std::string();
    EXPECT_EQ(got.error().code, Code::usage);
    EXPECT_NE(got.error().detail.find("chmod"), std::string::npos);
    return got.error().where;
  };
  const fs::perms open = owner_all | group_all | others_all, readable = open & ~others_write;
  fs::create_directory(state);
  for (const char* name : {"server.key", "users.toml", "key", "log", "dftp.toml"})
    write_to((std::string_view(name) == "server.key" || std::string_view(name) == "users.toml" ? state
                                                                                               : state.parent_path()) /
                 name,
             "");
  fs::permissions(state / "server.key", owner_read);
  fs::permissions(state / "users.toml", owner_read);
  const fs::path key = state.parent_path() / "key", log = state.parent_path() / "log";
  const Words with_key = {"--certificate", directory / "c", "--key", key};
  EXPECT_EQ(with_mode(state, open, {}), state);
  EXPECT_EQ(with_mode(state, readable, {}), "");
  EXPECT_EQ(with_mode(state / "server.key", readable, {}), state / "server.key");
  EXPECT_EQ(with_mode(state / "users.toml", readable, {}), state / "users.toml");
  EXPECT_EQ(with_mode(key, readable, with_key), key);
  EXPECT_EQ(with_mode(key, owner_read | group_read, with_key), "");
  EXPECT_EQ(with_mode(log, open, {"--log-file", log}), log);
  EXPECT_EQ(with_mode(log, readable, {"--log-file", log}), "");
  EXPECT_EQ(with_mode(file, open, {"--config", file}), file);
  EXPECT_EQ(with_mode(file, readable, {"--config", file}), "");
  EXPECT_TRUE(sharing({"--log-file", "/dev/null"}));
}

TEST_F(Configuration, a_shared_home_needs_its_state_elsewhere) {
  if (::geteuid() == 0) GTEST_SKIP() << "root's state is not in a home";
  const ScopedVariable home("HOME", share.c_str()), base("XDG_STATE_HOME", nullptr);
  EXPECT_TRUE(fails_with(config({share}), Code::usage));
}

TEST_F(Configuration, a_slash_behind_the_state_changes_nothing) {
  EXPECT_EQ(config({share, "--state", state.string() + "/"})->state, state);
}

TEST_F(Configuration, users_are_looked_for_where_the_server_looks) {
  const auto found = [](const Words& arguments) -> Result<fs::path> {
    const auto line = parse_command_line(arguments, state_options());
    if (!line) return std::unexpected(line.error());
    return find_state(*line);
  };
  EXPECT_EQ(found({"--state", state}).value(), state);
  EXPECT_EQ(found({share}).value(), config({share})->state);
  EXPECT_EQ(found({"--root", share}).value(), config({share})->state);
  write_to(file, "root = \"share\"\n");
  EXPECT_EQ(found({"--config", file}).value(), config({share})->state);
  write_to(file, "root = \"share\"\nstate = \"state\"\ngrace = 7\n");
  EXPECT_EQ(found({"--config", file}).value(), state);
  EXPECT_TRUE(fails_with(found({}), Code::usage));
  EXPECT_TRUE(fails_with(found({"--state", ""}), Code::usage));
  EXPECT_TRUE(fails_with(found({directory / "none"}), Code::not_found));
}

TEST_F(Configuration, the_help_shows_every_option_and_fits_a_terminal) {
  const std::string help = server_options_help();
  for (const ProgramOption& option : server_options()) {
    EXPECT_NE(help.find("  --" + std::string(option.name) + " "), std::string::npos) << option.name;
  }
  EXPECT_NE(help.find("([::]:2121)"), std::string::npos);
  EXPECT_NE(help.find("(10)"), std::string::npos);
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
}

}  // namespace
}  // namespace dftp::server
