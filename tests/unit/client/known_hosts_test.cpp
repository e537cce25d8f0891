#include "client/known_hosts.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "client/local_file.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/wire/fails_with.h"

namespace dftp::client {
namespace {

class KnownHostsTest : public testing::Test {
 protected:
  void write(std::string_view text) const { std::ofstream(file) << text; }
  std::string text() const { return read_local_file(file).value().text; }
  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
  }

  const TemporaryDirectory directory;
  const std::filesystem::path file = directory / "known_hosts";
  const KnownHosts known{file};
};

TEST_F(KnownHostsTest, MissingFileKnowsNobody) {
  EXPECT_EQ(known.lookup("host:2121").value(), std::nullopt);
}

TEST_F(KnownHostsTest, FindsTheLineOfTheServer) {
  write("# comment\n\nother:2121 SHA256:a\n  host:2121\tSHA256:b  # mine\nhost:2122 SHA256:c\n[::1]:2121 SHA256:d\n");
  EXPECT_EQ(known.lookup("host:2121").value(), "SHA256:b");
  EXPECT_EQ(known.lookup("host:2122").value(), "SHA256:c");
  EXPECT_EQ(known.lookup("[::1]:2121").value(), "SHA256:d");
  EXPECT_EQ(known.lookup("host").value(), std::nullopt);
  EXPECT_EQ(known.lookup("#").value(), std::nullopt);
}

TEST_F(KnownHostsTest, OfDoubledLinesTheFirstCounts) {
  write("host:2121 SHA256:a\nhost:2121 SHA256:b\n");
  EXPECT_EQ(known.lookup("host:2121").value(), "SHA256:a");
}

TEST_F(KnownHostsTest, LineWithoutFingerprintIsAnErrorAndSaysWhere) {
  write("other:1 SHA256:a\nhost:2121 MD5:b\n");
  const auto found = known.lookup("host:2121");
  EXPECT_TRUE(fails_with(found, Code::usage));
  EXPECT_EQ(found.error().where, file.string() + ":2");
}

TEST_F(KnownHostsTest, AddMakesFileAndDirectoriesForTheUserAlone) {
  const std::filesystem::path deep = directory / "config/dftp/known_hosts";
  ASSERT_TRUE(KnownHosts(deep).add("host:2121", "SHA256:a"));
  EXPECT_EQ(KnownHosts(deep).lookup("host:2121").value(), "SHA256:a");
  EXPECT_EQ(mode_of(deep), 0600u);
  EXPECT_EQ(mode_of(deep.parent_path()), 0700u);
}

TEST_F(KnownHostsTest, AddReplacesTheServersLineAndKeepsTheRest) {
  write("# comment\nhost:2121 SHA256:a # old\nother:2121 SHA256:b # kept");
  ASSERT_TRUE(known.add("host:2121", "SHA256:c"));
  EXPECT_EQ(text(), "# comment\nother:2121 SHA256:b # kept\nhost:2121 SHA256:c\n");
}

TEST_F(KnownHostsTest, LinkToTheFileStaysALink) {
  write("host:2121 SHA256:a\n");
  const std::filesystem::path link = directory / "link";
  std::filesystem::create_symlink(file, link);
  ASSERT_TRUE(KnownHosts(link).add("other:2121", "SHA256:b"));
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(known.lookup("other:2121").value(), "SHA256:b");
}

TEST_F(KnownHostsTest, ProcessesThatAddAtTheSameTimeLoseNothing) {
  constexpr int processes = 4, each = 10;
  for (int process = 0; process < processes; ++process) {
    if (::fork() != 0) continue;
    for (int i = 0; i < each; ++i) {
      if (!known.add("host" + std::to_string(process * each + i) + ":1", "SHA256:a")) ::_exit(1);
    }
    ::_exit(0);
  }
  for (int process = 0; process < processes; ++process) {
    int status = 1;
    ::wait(&status);
    EXPECT_EQ(status, 0);
  }
  for (int i = 0; i < processes * each; ++i) {
    EXPECT_EQ(known.lookup("host" + std::to_string(i) + ":1").value(), "SHA256:a") << i;
  }
}

TEST_F(KnownHostsTest, WithoutAHomeNothingCanBeKept) {
  EXPECT_EQ(KnownHosts({}).lookup("host:2121").value(), std::nullopt);
  EXPECT_TRUE(fails_with(KnownHosts({}).add("host:2121", "SHA256:a"), Code::usage));
}

TEST(DefaultKnownHosts, FollowsXdgConfigHome) {
  const char* set = std::getenv("XDG_CONFIG_HOME");
  const std::string before = set ? set : "";
  ::setenv("XDG_CONFIG_HOME", "/config", 1);
  EXPECT_EQ(KnownHosts::default_file(), "/config/dftp/known_hosts");
  ::setenv("XDG_CONFIG_HOME", "not/absolute", 1);
  EXPECT_EQ(KnownHosts::default_file(), home_directory() / ".config/dftp/known_hosts");
  before.empty() ? ::unsetenv("XDG_CONFIG_HOME") : ::setenv("XDG_CONFIG_HOME", before.c_str(), 1);
}

}  // namespace
}  // namespace dftp::client
