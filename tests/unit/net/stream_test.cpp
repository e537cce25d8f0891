// Every kind of stream, by the same tests.
#include <sys/socket.h>
#include <unistd.h>

#include "proto/net/buffered_stream.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

enum class Kind { tcp_v4, tcp_v6, unix_socket, tls, tls_over_unix, buffered };

class StreamTest : public testing::TestWithParam<Kind> {
 protected:
  Task<Pair> make_pair() {
    Endpoint where = unix_at(directory_.path() / "socket");
    if (GetParam() == Kind::tcp_v4 || GetParam() == Kind::tls || GetParam() == Kind::buffered) where = tcp("127.0.0.1");
    if (GetParam() == Kind::tcp_v6) where = tcp("::1");
    auto pair = co_await connected_pair(where);
    if (GetParam() == Kind::buffered) {
      pair.client = std::make_unique<BufferedStream>(std::move(pair.client));
      pair.server = std::make_unique<BufferedStream>(std::move(pair.server));
    }
    if (!encrypted()) co_return pair;
    co_return co_await secured(std::move(pair), test_server(), trusting_client());
  }
  static bool encrypted() { return GetParam() == Kind::tls || GetParam() == Kind::tls_over_unix; }

  TemporaryDirectory directory_;
};

std::string name_of_kind(const testing::TestParamInfo<Kind>& info) {
  constexpr const char* names[] = {"TcpV4", "TcpV6", "Unix", "Tls", "TlsOverUnix", "Buffered"};
  return names[static_cast<int>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(Kinds, StreamTest,
                         testing::Values(Kind::tcp_v4, Kind::tcp_v6, Kind::unix_socket, Kind::tls, Kind::tls_over_unix,
                                         Kind::buffered),
                         name_of_kind);

Task<bool> send(Stream& stream, std::string_view text) {
  co_await send_all(stream, text);
  co_return true;
}

TEST_P(StreamTest, ManyMegabytesBothWaysAtOnceArriveWhole) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    std::string there = pattern(64 << 20, 1), back = pattern(64 << 20, 2);
    auto [to_server, to_client] = co_await both(both(send(*pair.client, there), receive_all(*pair.server)),
                                                both(send(*pair.server, back), receive_all(*pair.client)));
    EXPECT_TRUE(to_server.second == there);
    EXPECT_TRUE(to_client.second == back);
  });
}

TEST_P(StreamTest, SaysWhetherThereIsMoreThanWasTaken) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    const bool reads_ahead = encrypted() || GetParam() == Kind::buffered;
    co_await send_all(*pair.client, "0123456789");
    std::array<std::byte, 5> five;
    const MutableBytes room(five);
    must(co_await read_exactly(*pair.server, room));
    EXPECT_EQ(pair.server->has_buffered(), reads_ahead);
    must(co_await read_exactly(*pair.server, room));
    EXPECT_EQ(as_text(five), "56789");
    EXPECT_FALSE(pair.server->has_buffered());
  });
}

Task<bool> send_singly(Stream& stream, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    Bytes one = as_bytes(text.substr(i, 1));
    must(co_await stream.write(one));
  }
  co_return true;
}

TEST_P(StreamTest, TinyWritesArriveInOrder) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    std::string all = pattern(2000);
    auto [sent, received] = co_await both(send_singly(*pair.client, all), receive(*pair.server, all.size()));
    EXPECT_EQ(received, all);
  });
}

TEST_P(StreamTest, WhoHasFinishedStillReceives) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    co_await send_all(*pair.client, "question");
    EXPECT_EQ(co_await receive_all(*pair.server), "question");
    co_await send_all(*pair.server, "answer");
    EXPECT_EQ(co_await receive_all(*pair.client), "answer");
    // The end is the end each time it is asked for.
    EXPECT_EQ(co_await receive_all(*pair.client), "");
  });
}

TEST_P(StreamTest, CloseEndsARunningReadAndWrite) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    std::string much = pattern(64 << 20);
    std::array<std::byte, 16> room;
    auto close_soon = [](Stream& stream) -> Task<bool> {
      co_await sleep_for(30ms);
      stream.close();
      co_return true;
    };
    auto [results, closed] =
        co_await both(both(pair.client->write(as_bytes(much)), pair.client->read_some(room)), close_soon(*pair.client));
    EXPECT_EQ(error_of(results.first).code, Code::cancelled);
    EXPECT_EQ(error_of(results.second).code, Code::cancelled);
    auto after = co_await pair.client->read_some(room);
    EXPECT_EQ(error_of(after).code, Code::cancelled);
  });
}

TEST_P(StreamTest, SilentPeerTimesOutReadsAndEndsTheStream) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.client->set_timeout(200ms);
    std::array<std::byte, 16> room;
    auto read = co_await pair.client->read_some(room);
    EXPECT_EQ(error_of(read).code, Code::timed_out);
    auto write = co_await pair.client->write(as_bytes("x"));
    EXPECT_EQ(error_of(write).code, Code::timed_out);
  });
}

TEST_P(StreamTest, PeerThatReadsNothingTimesOutWrites) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.client->set_timeout(200ms);
    std::string much = pattern(64 << 20);
    auto write = co_await pair.client->write(as_bytes(much));
    EXPECT_EQ(error_of(write).code, Code::timed_out);
  });
}

TEST_P(StreamTest, PeerThatReadsSlowlyDoesNotTimeOutWrites) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.client->set_timeout(1s);
    std::string much = pattern(20 << 20);
    auto read_slowly = [](Stream& stream, std::size_t size) -> Task<std::string> {
      std::string all;
      while (all.size() < size) {
        all += co_await receive(stream, 1 << 20);
        co_await sleep_for(80ms);
      }
      co_return all;
    };
    auto [written, read] = co_await both(pair.client->write(as_bytes(much)), read_slowly(*pair.server, much.size()));
    EXPECT_TRUE(written.has_value());
    EXPECT_TRUE(read == much);
  });
}

// Until the stream is cut.
Task<bool> speak(Stream& stream) {
  const Bytes one = as_bytes("x");
  while (co_await stream.write(one)) co_await sleep_for(20ms);
  co_return true;
}

Task<bool> hear(Stream& stream) {
  std::array<std::byte, 16> room;
  while (co_await stream.read_some(room)) {
  }
  co_return true;
}

TEST_P(StreamTest, APeerThatSpeaksButDoesNotReadTimesOutWritesOfBulkToo) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.client->set_timeout(200ms);
    pair.client->expect_bulk();
    std::string much = pattern(64 << 20);
    const Bytes bytes = as_bytes(much);
    auto [written, ended] = co_await both(pair.client->write(bytes), both(hear(*pair.client), speak(*pair.server)));
    EXPECT_EQ(error_of(written).code, Code::timed_out);
  });
}

TEST_P(StreamTest, ATimeoutBeginsAnewWithEachOperation) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.client->set_timeout(800ms);
    auto drip = [](Stream& stream) -> Task<bool> {
      for (int i = 0; i < 5; ++i) {
        co_await sleep_for(200ms);
        must(co_await stream.write(as_bytes("x")));
      }
      co_return true;
    };
    auto [text, sent] = co_await both(receive(*pair.client, 5), drip(*pair.server));
    EXPECT_EQ(text, "xxxxx");
  });
}

TEST_P(StreamTest, AReadDeadlineHoldsAgainstAPeerThatDrips) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.client->set_read_deadline(std::chrono::steady_clock::now() + 250ms);
    auto drip = [](Stream& stream) -> Task<bool> {
      for (int i = 0; i < 8; ++i) {
        co_await sleep_for(50ms);
        (void)co_await stream.write(as_bytes("x"));
      }
      co_return true;
    };
    std::array<std::byte, 100> room;
    auto [read, sent] = co_await both(read_exactly(*pair.client, room), drip(*pair.server));
    EXPECT_EQ(error_of(read).code, Code::timed_out);
  });
}

TEST_P(StreamTest, ADestroyedPeerIsADisconnection) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    pair.server.reset();
    std::array<std::byte, 16> room;
    auto read = co_await pair.client->read_some(room);
    EXPECT_EQ(error_of(read).code, Code::disconnected);
    EXPECT_EQ(error_of(read).detail, encrypted() ? "the connection was cut" : "the peer closed the connection");
    // And no SIGPIPE.
    std::string much = pattern(8 << 20);
    auto write = co_await pair.client->write(as_bytes(much));
    EXPECT_EQ(error_of(write).code, Code::disconnected);
  });
}

TEST_P(StreamTest, ReadingNothingIsNotTheEnd) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    auto read = co_await pair.client->read_some({});
    EXPECT_EQ(must(std::move(read)), 0u);
    must(co_await pair.client->write({}));
  });
}

TEST_P(StreamTest, KnowsItsPeer) {
  in_loop([this]() -> Task<void> {
    auto pair = co_await make_pair();
    EXPECT_TRUE(pair.server->local());
    EXPECT_EQ(pair.server->encrypted(), encrypted());
    EXPECT_EQ(pair.server->exported_key("EXPORTER-test").has_value(), encrypted());
    auto who = pair.server->credentials();
    if (GetParam() == Kind::tcp_v4 || GetParam() == Kind::tls || GetParam() == Kind::buffered) {
      EXPECT_TRUE(pair.server->peer().starts_with("127.0.0.1:")) << pair.server->peer();
      EXPECT_FALSE(who);
    } else if (GetParam() == Kind::tcp_v6) {
      EXPECT_TRUE(pair.server->peer().starts_with("[::1]:")) << pair.server->peer();
      EXPECT_FALSE(who);
    } else {
      EXPECT_EQ(pair.server->peer(), "unix:" + std::to_string(::getuid()));
      EXPECT_TRUE(who && who->uid == ::getuid() && who->gid == ::getgid() && who->pid == ::getpid());
    }
  });
}

}  // namespace

}  // namespace dftp::net::test
