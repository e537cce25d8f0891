// What whoever takes over a server still can do, tried from within: a child of the test is confined, and tries it.
#include "server/confine/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>

#include "tests/support/temporary_directory.h"

namespace dftp::server {
namespace {

namespace fs = std::filesystem;

// 0, or the error's number.
int failure(bool done) {
  return done ? 0 : errno;
}

int try_open(const fs::path& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  const int result = failure(fd >= 0);
  if (fd >= 0) ::close(fd);
  return result;
}

int try_bind(const fs::path& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  return failure(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

struct Confined : testing::Test {
  void SetUp() override {
    if (landlock_version() == 0) GTEST_SKIP() << "this kernel has no landlock";
    for (const char* name : {"share", "share/a", "share/b", "state", "read", "sockets", "elsewhere"})
      fs::create_directory(directory / name);
    for (const char* name : {"share/a/file", "read/file", "elsewhere/file"})
      std::ofstream(directory / name) << "content";
  }

  // What `tried` returns in a process that has given up all but its own.
  int confined(const std::function<int()>& tried) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const Reach reach{.read = {directory / "read", "/proc", directory / "none"},
                        .change = {directory / "share", directory / "state", "/dev/null"},
                        .sockets = {directory / "sockets"}};
      if (!give_up_privileges() || !give_up_files(reach)) ::_exit(254);
      ::_exit(tried());
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    return WEXITSTATUS(status);
  }

  TemporaryDirectory directory;
};

TEST_F(Confined, DoesItsWorkInItsOwnPlaces) {
  EXPECT_EQ(confined([&] { return try_open(directory / "share/new", O_WRONLY | O_CREAT | O_EXCL); }), 0);
  EXPECT_EQ(confined([&] { return try_open(directory / "share/a/file", O_RDWR | O_TRUNC); }), 0);
  EXPECT_EQ(confined([&] { return try_open(directory / "read/file", O_RDONLY); }), 0);
  EXPECT_EQ(confined([&] { return try_open("/dev/null", O_RDWR); }), 0);
  EXPECT_EQ(confined([&] { return try_bind(directory / "sockets/socket"); }), 0);
  EXPECT_EQ(confined([&] { return failure(::unlink((directory / "sockets/socket").c_str()) == 0); }), 0);
  EXPECT_EQ(
      confined([&] {
        return failure(::rename((directory / "share/a/file").c_str(), (directory / "share/b/moved").c_str()) == 0);
      }),
      0)
      << "between directories";
  EXPECT_EQ(confined([&] { return failure(::mkfifo((directory / "share/pipe").c_str(), 0600) == 0); }), 0);
}

// A file without a name that gets one, as uploads do.
TEST_F(Confined, GivesNamesToFilesWithoutOne) {
  EXPECT_EQ(confined([&] {
              const int fd = ::open((directory / "share/a").c_str(), O_TMPFILE | O_RDWR, 0600);
              if (fd < 0) return errno;
              const std::string path = "/proc/self/fd/" + std::to_string(fd);
              const fs::path to = directory / "share/b/named";
              return failure(::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0);
            }),
            0);
}

TEST_F(Confined, ReachesNothingElse) {
  EXPECT_EQ(confined([&] { return try_open(directory / "elsewhere/file", O_RDONLY); }), EACCES);
  EXPECT_EQ(confined([&] { return try_open(directory / "elsewhere", O_RDONLY | O_DIRECTORY); }), EACCES);
  EXPECT_EQ(confined([&] { return try_open("/etc/passwd", O_RDONLY); }), EACCES);
  EXPECT_EQ(confined([&] { return try_open(directory / "elsewhere/new", O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(confined([&] { return try_open(directory / "read/file", O_WRONLY); }), EACCES);
  EXPECT_EQ(confined([&] { return failure(::unlink((directory / "read/file").c_str()) == 0); }), EACCES);
  EXPECT_EQ(confined([&] { return try_bind(directory / "elsewhere/socket"); }), EACCES);
  EXPECT_EQ(confined([&] { return try_open(directory / "sockets/file", O_WRONLY | O_CREAT); }), EACCES);
}

TEST_F(Confined, LinksAndDescriptorsLeadNowhereElse) {
  fs::create_symlink(directory / "elsewhere/file", directory / "share/link");
  EXPECT_EQ(confined([&] { return try_open(directory / "share/link", O_RDONLY); }), EACCES);
  EXPECT_EQ(confined([&] {
              const fs::path from = directory / "elsewhere/file", to = directory / "share/mine";
              return failure(::link(from.c_str(), to.c_str()) == 0);
            }),
            EXDEV);
  EXPECT_EQ(confined([&] {
              const int held = ::open((directory / "elsewhere").c_str(), O_PATH | O_DIRECTORY);
              const int fd = ::openat(held, "file", O_RDONLY);
              return failure(fd >= 0);
            }),
            EACCES);
}

TEST_F(Confined, StartsNoProgram) {
  EXPECT_EQ(confined([] {
              ::execl("/bin/true", "true", nullptr);
              return errno;
            }),
            EACCES);
  // Not even one that it has written itself.
  fs::copy_file("/bin/true", directory / "share/program");
  EXPECT_EQ(confined([&] {
              ::execl((directory / "share/program").c_str(), "program", nullptr);
              return errno;
            }),
            EACCES);
}

TEST_F(Confined, GainsNoPrivilegesAndGetsNothingBack) {
  EXPECT_EQ(confined([] { return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0); }), 1);
  EXPECT_EQ(confined([&] {
              if (!give_up_files({.read = {"/"}, .change = {"/"}, .sockets = {}})) return 253;
              return try_open(directory / "elsewhere/file", O_RDONLY);
            }),
            EACCES)
      << "a second time takes more, and gives nothing";
}

TEST_F(Confined, LeavesOtherProcessesAlone) {
  const pid_t other = ::fork();
  if (other == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_EQ(confined([&] { return failure(::ptrace(PTRACE_ATTACH, other, nullptr, nullptr) == 0); }), EPERM);
  // What landlock can keep from signals, it does from version 6 on.
  if (landlock_version() >= 6) {
    EXPECT_EQ(confined([&] { return failure(::kill(other, SIGUSR1) == 0); }), EPERM);
  }
  ::kill(other, SIGKILL);
  EXPECT_EQ(::waitpid(other, nullptr, 0), other);
}

}  // namespace
}  // namespace dftp::server
