#include "tests/unit/net/raw_tls.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

using Secured = Result<std::unique_ptr<Stream>>;

Task<bool> say(Stream& stream, std::string_view text) {
  co_return (co_await stream.write(as_bytes(text))).has_value();
}

// Accepts one connection and secures it; `use` gets the result. The raw client runs beside it.
template <class Use>
bool serve_raw(RawTls::Options options, std::function<void(SSL*)> body, Use use) {
  bool shaken = false;
  in_loop([&]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    Endpoint any = tcp("127.0.0.1");
    auto listener = must(listen(executor, any));
    RawTls client(listener->endpoint(), options, body);
    auto plain = must(co_await listener->accept(executor));
    auto secured = co_await test_server().secure(std::move(plain), 5s);
    co_await use(secured);
    if (secured) secured->reset();
    shaken = client.join();
  });
  return shaken;
}

Task<void> expect_refused(Secured& secured) {
  EXPECT_EQ(error_of(secured).code, Code::protocol);
  co_return;
}

Task<void> expect_hello(Secured& secured) {
  auto text = co_await receive(*must(std::move(secured)), 5);
  EXPECT_EQ(text, "hello");
}

void write_hello(SSL* ssl) {
  SSL_write(ssl, "hello", 5);
}
void read_to_fail(SSL* ssl) {
  char byte;
  EXPECT_LE(SSL_read(ssl, &byte, 1), 0);
}

TEST(TlsTest, ClientWithoutProtocolNameIsServed) {
  EXPECT_TRUE(serve_raw({}, write_hello, expect_hello));
}

TEST(TlsTest, ClientWithTheProtocolAmongOthersIsServed) {
  EXPECT_TRUE(serve_raw({.protocols = "\x02h2\x06"
                                      "dftp/1"},
                        write_hello, expect_hello));
}

TEST(TlsTest, ClientOfAnotherProtocolIsRefused) {
  EXPECT_FALSE(serve_raw({.protocols = "\x02h2"}, read_to_fail, expect_refused));
}

TEST(TlsTest, OlderTlsIsRefused) {
  EXPECT_FALSE(serve_raw({.version = TLS1_2_VERSION, .protocols = {}}, read_to_fail, expect_refused));
}

// Each key update makes the server's reading produce output while its writing is under way.
TEST(TlsTest, KeyUpdatesInTheMiddleOfTrafficBothWays) {
  constexpr int rounds = 20;
  constexpr std::size_t a_round = 1 << 20;
  auto body = [](SSL* ssl) {
    std::string got(a_round, '\0');
    for (int i = 0; i < rounds; ++i) {
      SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
      SSL_write(ssl, "hello", 5);
      std::size_t have = 0;
      while (have < a_round) {
        int count = SSL_read(ssl, got.data() + have, static_cast<int>(a_round - have));
        if (count <= 0) break;
        have += static_cast<std::size_t>(count);
      }
      EXPECT_TRUE(got == pattern(a_round));
    }
    SSL_shutdown(ssl);
    read_to_fail(ssl);  // what is unread when a socket is closed resets the connection
  };
  auto use = [](Secured& secured) -> Task<void> {
    auto stream = must(std::move(secured));
    std::string much;
    for (int i = 0; i < rounds; ++i) much += pattern(a_round);
    auto [sent, received] = co_await both(say(*stream, much), receive_all(*stream));
    EXPECT_TRUE(sent);
    EXPECT_EQ(received.size(), 5u * rounds);
  };
  EXPECT_TRUE(serve_raw({}, body, use));
}

// They are asked for without pause, and the answers are never read.
TEST(TlsTest, AFloodOfKeyUpdatesEndsInAnError) {
  auto body = [](SSL* ssl) {
    for (int i = 0; i < 20000; ++i) {
      SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
      if (SSL_do_handshake(ssl) != 1) break;
    }
    SSL_shutdown(ssl);
  };
  auto use = [](Secured& secured) -> Task<void> {
    auto stream = must(std::move(secured));
    std::array<std::byte, 16> room;
    auto read = co_await stream->read_some(room);
    EXPECT_FALSE(read);
  };
  EXPECT_TRUE(serve_raw({}, body, use));
}

TEST(TlsTest, TinyRecordsArriveWhole) {
  constexpr int records = 5000;
  auto body = [](SSL* ssl) {
    for (int i = 0; i < records; ++i) SSL_write(ssl, "x", 1);
    SSL_shutdown(ssl);
    read_to_fail(ssl);
  };
  auto use = [](Secured& secured) -> Task<void> {
    auto stream = must(std::move(secured));
    auto text = co_await receive_all(*stream);
    EXPECT_EQ(text, std::string(records, 'x'));
  };
  EXPECT_TRUE(serve_raw({}, body, use));
}

TEST(TlsTest, GarbageToAServerIsAProtocolError) {
  in_loop([]() -> Task<void> {
    auto plain = co_await tcp_pair();
    must(co_await plain.client->write(as_bytes("GET / HTTP/1.0\r\n\r\n and then some more of it")));
    auto secured = co_await test_server().secure(std::move(plain.server), 5s);
    EXPECT_EQ(error_of(secured).code, Code::protocol);
  });
}

TEST(TlsTest, GarbageToAClientIsAProtocolError) {
  in_loop([]() -> Task<void> {
    auto plain = co_await tcp_pair();
    must(co_await plain.server->write(as_bytes("220 files.example FTP server ready\r\n")));
    auto secured = co_await trusting_client().secure(std::move(plain.client), 5s);
    EXPECT_EQ(error_of(secured).code, Code::protocol);
  });
}

TEST(TlsTest, SilenceInTheHandshakeTimesOut) {
  in_loop([]() -> Task<void> {
    auto plain = co_await tcp_pair();
    auto secured = co_await test_server().secure(std::move(plain.server), 200ms);
    EXPECT_EQ(error_of(secured).code, Code::timed_out);
  });
}

TEST(TlsTest, DrippingInTheHandshakeTimesOut) {
  in_loop([]() -> Task<void> {
    auto plain = co_await tcp_pair();
    auto drip = [](Stream& stream) -> Task<bool> {
      must(co_await stream.write(as_bytes(std::string_view("\x16\x03\x01\x02\x00", 5))));
      for (int i = 0; i < 10; ++i) {
        co_await sleep_for(50ms);
        (void)co_await stream.write(as_bytes("\x01"));
      }
      co_return true;
    };
    auto [secured, dripped] = co_await both(test_server().secure(std::move(plain.server), 250ms), drip(*plain.client));
    EXPECT_EQ(error_of(secured).code, Code::timed_out);
  });
}

TEST(TlsTest, EndOfThePeerInTheHandshakeIsACut) {
  in_loop([]() -> Task<void> {
    auto plain = co_await tcp_pair();
    plain.client->close();
    auto secured = co_await test_server().secure(std::move(plain.server), 5s);
    EXPECT_EQ(error_of(secured).code, Code::disconnected);
  });
}

TEST(TlsTest, TlsOverTlsIsUnsupported) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tls_pair();
    auto secured = co_await test_server().secure(std::move(pair.server), 5s);
    EXPECT_EQ(error_of(secured).code, Code::unsupported);
  });
}

enum class Relay { faithful, cuts, damages };

// Until either side ends; what it does to the bytes may change meanwhile.
Task<bool> pass_on(Stream& from, Stream& to, const Relay& relay) {
  std::array<std::byte, 65536> room;
  for (;;) {
    auto got = co_await from.read_some(room);
    if (!got) break;
    if (relay == Relay::damages) room[*got / 2] ^= std::byte{1};
    Bytes some = Bytes(room).first(relay == Relay::cuts ? *got / 2 : *got);
    if (!co_await to.write(some) || relay == Relay::cuts) break;
  }
  from.close();
  to.close();
  co_return true;
}

// What the client gets when the relay does `harm` to the server's message.
Task<Error> read_through(Pair ends, Relay& relay, Relay harm) {
  auto pair = co_await secured(std::move(ends), test_server(), trusting_client());
  relay = harm;
  std::string message = pattern(40000), got(message.size(), '\0');
  must(co_await pair.server->write(as_bytes(message)));
  MutableBytes room(reinterpret_cast<std::byte*>(got.data()), got.size());
  auto read = co_await read_exactly(*pair.client, room);
  co_return error_of(read);
}

Error error_through(Relay harm) {
  Error error;
  in_loop([&]() -> Task<void> {
    auto left = co_await tcp_pair();
    auto right = co_await tcp_pair();
    Relay relay = Relay::faithful;
    Pair ends{std::move(left.client), std::move(right.server)};
    auto [passed, seen] =
        co_await both(both(pass_on(*left.server, *right.client, relay), pass_on(*right.client, *left.server, relay)),
                      read_through(std::move(ends), relay, harm));
    error = seen;
  });
  return error;
}

TEST(TlsTest, CutInTheMiddleIsNotTheEnd) {
  auto error = error_through(Relay::cuts);
  EXPECT_EQ(error.code, Code::disconnected);
  EXPECT_EQ(error.detail, "the connection was cut");
}

TEST(TlsTest, DamagedRecordIsAProtocolError) {
  EXPECT_EQ(error_through(Relay::damages).code, Code::protocol);
}

TEST(TlsTest, ExportedKeysAgreeAndDependOnTheLabelAndTheSession) {
  in_loop([]() -> Task<void> {
    auto one = co_await tls_pair();
    auto other = co_await tls_pair();
    EXPECT_TRUE(one.client->exported_key("EXPORTER-a"));
    EXPECT_EQ(one.client->exported_key("EXPORTER-a"), one.server->exported_key("EXPORTER-a"));
    EXPECT_NE(one.client->exported_key("EXPORTER-a"), one.client->exported_key("EXPORTER-b"));
    EXPECT_NE(one.client->exported_key("EXPORTER-a"), other.client->exported_key("EXPORTER-a"));
  });
}

}  // namespace

}  // namespace dftp::net::test
