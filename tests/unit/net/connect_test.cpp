#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>

#include "proto/net/unique_fd.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

TEST(ConnectTest, NobodyListeningIsUnreachableAndSaysSo) {
  in_loop([]() -> Task<void> {
    Endpoint where = tcp("127.0.0.1");
    where.port = must(listen(co_await asio::this_coro::executor, where))->endpoint().port;
    auto stream = co_await connect(where, 5s);
    auto error = error_of(stream);
    EXPECT_EQ(error.code, Code::unreachable);
    EXPECT_EQ(error.where, where.text());
    EXPECT_EQ(error.detail, "nothing listens there; is the server up?");
  });
}

TEST(ConnectTest, MissingUnixSocketIsUnreachable) {
  in_loop([]() -> Task<void> {
    TemporaryDirectory directory;
    Endpoint where = unix_at(directory.path() / "missing");
    auto stream = co_await connect(where, 5s);
    EXPECT_EQ(error_of(stream).code, Code::unreachable);
  });
}

TEST(ConnectTest, UnknownNameIsUnreachable) {
  in_loop([]() -> Task<void> {
    Endpoint where = tcp("no-such-host.invalid", 2121);
    auto stream = co_await connect(where, 20s);
    auto error = error_of(stream);
    EXPECT_EQ(error.code, Code::unreachable);
    EXPECT_EQ(error.where, "no-such-host.invalid");
  });
}

TEST(ConnectTest, EveryAddressOfTheNameIsTried) {
  in_loop([]() -> Task<void> {
    // "localhost" is ::1 first where the machine has it.
    Endpoint v4 = tcp("127.0.0.1");
    auto listener = must(listen(co_await asio::this_coro::executor, v4));
    Endpoint where = tcp("localhost", listener->endpoint().port);
    auto stream = co_await connect(where, 5s);
    EXPECT_TRUE(stream);
  });
}

// A listener whose backlog is full drops what comes: a host that does not answer.
TEST(ConnectTest, HostThatDoesNotAnswerTimesOut) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(::listen(socket.get(), 0), 0);
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
  in_loop([port = ntohs(address.sin_port)]() -> Task<void> {
    Endpoint where = tcp("127.0.0.1", port);
    auto filling = must(co_await connect(where, 5s));
    auto stream = co_await connect(where, 300ms);
    EXPECT_EQ(error_of(stream).code, Code::timed_out);
  });
}

TEST(ConnectTest, TooLongUnixPathIsNamed) {
  in_loop([]() -> Task<void> {
    Endpoint where = unix_at("/" + std::string(200, 'x'));
    auto stream = co_await connect(where, 1s);
    EXPECT_EQ(error_of(stream).code, Code::name_too_long);
  });
}

TEST(ListenTest, BothFamiliesComeToTheAnyAddress) {
  in_loop([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    Endpoint any = tcp("::");
    auto listener = must(listen(executor, any));
    for (std::string host : {"127.0.0.1", "::1"}) {
      Endpoint where = tcp(host, listener->endpoint().port);
      auto client = must(co_await connect(where, 5s));
      auto server = must(co_await listener->accept(executor));
      EXPECT_TRUE(server->peer().starts_with(host == "::1" ? "[::1]:" : "127.0.0.1:")) << server->peer();
      EXPECT_TRUE(server->local());
    }
  });
}

TEST(ListenTest, PortInUseIsBusy) {
  Loop loop;
  auto first = must(listen(loop.executor(), tcp("127.0.0.1")));
  auto second = listen(loop.executor(), first->endpoint());
  EXPECT_EQ(error_of(second).code, Code::busy);
}

TEST(ListenTest, UnixSocketOfALiveServerIsBusy) {
  TemporaryDirectory directory;
  Loop loop;
  auto where = unix_at(directory.path() / "socket");
  auto first = must(listen(loop.executor(), where));
  EXPECT_EQ(error_of(listen(loop.executor(), where)).code, Code::busy);
  EXPECT_TRUE(std::filesystem::exists(where.unix_socket));
}

TEST(ListenTest, UnixSocketOfADeadServerIsReplaced) {
  TemporaryDirectory directory;
  Loop loop;
  auto where = unix_at(directory.path() / "socket");
  {
    auto listener = must(listen(loop.executor(), where));
    // What a killed server leaves: the file without the listener.
    std::filesystem::rename(where.unix_socket, where.unix_socket + ".kept");
    listener->close();
    std::filesystem::rename(where.unix_socket + ".kept", where.unix_socket);
  }
  EXPECT_TRUE(listen(loop.executor(), where));
}

TEST(ListenTest, FileThatIsNoSocketStays) {
  TemporaryDirectory directory;
  Loop loop;
  auto where = unix_at(directory.path() / "socket");
  std::ofstream(where.unix_socket) << "precious";
  EXPECT_EQ(error_of(listen(loop.executor(), where)).code, Code::busy);
  EXPECT_EQ(std::filesystem::file_size(where.unix_socket), 8u);
}

TEST(ListenTest, ClosingRemovesTheUnixSocketButNotASuccessors) {
  TemporaryDirectory directory;
  Loop loop;
  auto where = unix_at(directory.path() / "socket");
  auto first = must(listen(loop.executor(), where));
  std::filesystem::remove(where.unix_socket);
  auto second = must(listen(loop.executor(), where));
  first->close();
  EXPECT_TRUE(std::filesystem::exists(where.unix_socket));
  second->close();
  EXPECT_FALSE(std::filesystem::exists(where.unix_socket));
}

TEST(ListenTest, OwnerAndGroupMayConnectWhateverTheUmaskIs) {
  TemporaryDirectory directory;
  Loop loop;
  auto where = unix_at(directory.path() / "socket");
  auto before = ::umask(0077);
  auto listener = must(listen(loop.executor(), where));
  ::umask(before);
  struct stat found;
  ASSERT_EQ(::stat(where.unix_socket.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
}

TEST(ListenTest, CloseEndsAccept) {
  in_loop([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    Endpoint any = tcp("127.0.0.1");
    auto listener = must(listen(executor, any));
    auto close_soon = [](Listener& open) -> Task<bool> {
      co_await sleep_for(30ms);
      open.close();
      co_return true;
    };
    auto [accepted, closed] = co_await both(listener->accept(executor), close_soon(*listener));
    EXPECT_EQ(error_of(accepted).code, Code::cancelled);
  });
}

TEST(ListenTest, ConnectionThatIsGoneBeforeItIsAcceptedIsPassedOver) {
  in_loop([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    Endpoint any = tcp("127.0.0.1");
    auto listener = must(listen(executor, any));
    {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(listener->endpoint().port);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      UniqueFd gone(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      EXPECT_EQ(::connect(gone.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
      linger reset{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(gone.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    auto client = must(co_await connect(listener->endpoint(), 5s));
    auto server = must(co_await listener->accept(executor));
    must(co_await client->write(as_bytes("hello")));
    EXPECT_EQ(co_await receive(*server, 5), "hello");
  });
}

// No descriptor is left until the guard goes.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    UniqueFd lowest(::dup(0));
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest.get());
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST(ListenTest, RunningOutOfDescriptorsIsWaitedOut) {
  in_loop([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    Endpoint any = tcp("127.0.0.1");
    auto listener = must(listen(executor, any));
    auto client = must(co_await connect(listener->endpoint(), 5s));
    bool over = false;
    auto scarcity = [](bool& flag) -> Task<bool> {
      NoDescriptors none;
      co_await sleep_for(250ms);
      flag = true;
      co_return true;
    };
    auto accept = [](Listener& from, Executor on, const bool& flag) -> Task<bool> {
      auto accepted = co_await from.accept(on);
      co_return accepted&& flag;
    };
    auto [ended, accepted] = co_await both(scarcity(over), accept(*listener, executor, over));
    EXPECT_TRUE(accepted);
  });
}

TEST(BeginsTlsTest, LooksWithoutTaking) {
  in_loop([]() -> Task<void> {
    for (std::string text : {std::string("\x16tls"), std::string("\0\0\0\x02{}", 6)}) {
      auto pair = co_await tcp_pair();
      must(co_await pair.client->write(as_bytes(text)));
      EXPECT_EQ(must(co_await begins_tls(*pair.server, 5s)), text[0] == '\x16');
      EXPECT_EQ(co_await receive(*pair.server, text.size()), text);
    }
  });
}

TEST(BeginsTlsTest, SilenceTimesOutAndTheEndIsSeen) {
  in_loop([]() -> Task<void> {
    auto silent = co_await tcp_pair();
    auto looked = co_await begins_tls(*silent.server, 100ms);
    EXPECT_EQ(error_of(looked).code, Code::timed_out);
    auto ended = co_await tcp_pair();
    ended.client.reset();
    looked = co_await begins_tls(*ended.server, 5s);
    EXPECT_EQ(error_of(looked).code, Code::disconnected);
  });
}

}  // namespace

}  // namespace dftp::net::test
