#include "proto/net/frame_channel.h"

#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "tests/unit/net/support.h"

namespace dftp::net::test {

namespace {

TEST(FrameChannelTest, WhatIsWrittenIsRead) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tls_pair();
    json::Value hello = json::Object{{"id", std::int64_t{1}}, {"cmd", std::string("hello")}};
    for (int i = 0; i < 3; ++i) must(co_await write_frame(*pair.client, hello));
    for (int i = 0; i < 3; ++i) {
      auto read = must(co_await read_frame(*pair.server, limits::frame_before_login));
      EXPECT_EQ(json::write(read), json::write(hello));
    }
  });
}

TEST(FrameChannelTest, FrameAtTheLimitIsReadAndOneOverItIsRefused) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    json::Value value = json::Object{{"text", std::string(100000, 'x')}};
    auto length = static_cast<std::uint32_t>(json::write(value).size());
    must(co_await write_frame(*pair.client, value));
    EXPECT_EQ(json::write(must(co_await read_frame(*pair.server, length))), json::write(value));
    must(co_await write_frame(*pair.client, value));
    auto read = co_await read_frame(*pair.server, length - 1);
    EXPECT_EQ(error_of(read).code, Code::too_large);
  });
}

// Only the header comes: a frame that announces 4 GiB is refused before its text.
TEST(FrameChannelTest, HugeAnnouncementIsRefusedAtOnce) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    must(co_await pair.client->write(as_bytes("\xff\xff\xff\xff")));
    auto read = co_await read_frame(*pair.server, limits::frame_after_login);
    EXPECT_EQ(error_of(read).code, Code::too_large);
  });
}

TEST(FrameChannelTest, WhatIsNoObjectIsAProtocolError) {
  for (std::string_view text : {"[1]", "7", "{", "\xff", "{} {}"}) {
    in_loop([text]() -> Task<void> {
      auto pair = co_await tcp_pair();
      std::string frame = encode_frame(text);
      must(co_await pair.client->write(as_bytes(frame)));
      auto read = co_await read_frame(*pair.server, limits::frame_before_login);
      EXPECT_EQ(error_of(read).code, Code::protocol) << text;
    });
  }
}

TEST(FrameChannelTest, FrameInSmallPiecesIsRead) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    auto drip = [](Stream& stream) -> Task<bool> {
      std::string frame = encode_frame(R"({"id":1})");
      for (std::size_t i = 0; i < frame.size(); ++i) {
        co_await sleep_for(2ms);
        Bytes one = as_bytes(frame).subspan(i, 1);
        must(co_await stream.write(one));
      }
      co_return true;
    };
    auto [read, dripped] = co_await both(read_frame(*pair.server, 100), drip(*pair.client));
    EXPECT_EQ(json::write(must(std::move(read))), R"({"id":1})");
  });
}

TEST(FrameChannelTest, AFrameIsWaitedForAsLongAsTheTimeout) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    pair.server->set_timeout(100ms);
    auto read = co_await read_frame(*pair.server, 100);
    EXPECT_EQ(error_of(read).code, Code::timed_out);
  });
}

// The session's timeout is long, as between two requests; within a frame another one holds.
TEST(FrameChannelTest, AFrameThatHasBegunMustCompleteInTime) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    pair.server->set_timeout(limits::session_idle);
    auto drip = [](Stream& stream) -> Task<bool> {
      must(co_await stream.write(as_bytes(std::string_view("\0\0\0\x40{", 5))));
      for (int i = 0; i < 10; ++i) {
        co_await sleep_for(50ms);
        (void)co_await stream.write(as_bytes(" "));
      }
      co_return true;
    };
    auto [read, dripped] = co_await both(read_frame(*pair.server, 100, 300ms), drip(*pair.client));
    EXPECT_EQ(error_of(read).code, Code::timed_out);
  });
}

TEST(FrameChannelTest, TheTimeForOneFrameIsNotTheNextOnes) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    json::Value value = json::Object{};
    must(co_await write_frame(*pair.client, value));
    EXPECT_TRUE(co_await read_frame(*pair.server, 100, 100ms));
    auto later = [](Stream& stream, const json::Value& frame) -> Task<bool> {
      co_await sleep_for(200ms);
      co_return (co_await write_frame(stream, frame)).has_value();
    };
    auto [read, written] = co_await both(read_frame(*pair.server, 100, 100ms), later(*pair.client, value));
    EXPECT_TRUE(read);
  });
}

TEST(FrameChannelTest, EndBetweenFramesAndWithinOne) {
  in_loop([]() -> Task<void> {
    auto pair = co_await tcp_pair();
    co_await send_all(*pair.client, std::string_view("\0\0\0\x02{}\0\0", 8));
    EXPECT_TRUE(co_await read_frame(*pair.server, 100));
    auto read = co_await read_frame(*pair.server, 100);
    EXPECT_EQ(error_of(read).code, Code::disconnected);
  });
}

}  // namespace

}  // namespace dftp::net::test
