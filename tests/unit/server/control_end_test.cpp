// Frames of all sizes, peers that do not read, and how a session ends.
#include "tests/unit/server/control_fixture.h"

namespace dftp::server::control_test {
namespace {

TEST_F(ControlTest, NothingIsBegunForWhoDoesNotRead) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    const Object large{{"bytes", std::int64_t{900'000}}};
    for (int i = 0; i < 60; ++i) co_await send(stream, 100 + i, "bytes", large);
    auto pause = 200ms;
    co_await net::sleep_for(pause);
    EXPECT_LT(probe.begun, 30u);
    for (int i = 0; i < 60; ++i) EXPECT_EQ(id_of(co_await receive(stream)), 100 + i);
  });
}

TEST_F(ControlTest, AnAnswerThatDoesNotFitAFrameIsAnError) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    const Object huge{{"bytes", std::int64_t{limits::frame_after_login}}};
    const Value reply = co_await ask(stream, 3, "bytes", huge);
    EXPECT_EQ(id_of(reply), 3);
    EXPECT_EQ(code_of(reply), "too_large");
    EXPECT_EQ(code_of(co_await ask(stream, 4, "look")), "none");
  });
}

TEST_F(ControlTest, FramesMayBeLargerAfterTheLogin) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    const Object padded{{"padding", std::string(limits::frame_before_login, 'x')}};
    EXPECT_EQ(code_of(co_await ask(stream, 3, "look", padded)), "none");
  });
}

TEST_F(ControlTest, AFrameThatIsTooLargeIsAnsweredAndEndsTheSession) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await ask(stream, 1, "greet");
    const Object padded{{"padding", std::string(limits::frame_before_login, 'x')}};
    EXPECT_EQ(code_of(co_await ask(stream, 3, "enter", padded)), "too_large");
    EXPECT_EQ(co_await receive(stream), closed);
  });
}

TEST_F(ControlTest, TheLastAnswerArrivesBeforeTheEnd) {
  with_client(+[](ControlTest& test, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    co_await send(stream, 3, "leave");
    co_await send(stream, 4, "look");
    EXPECT_EQ(id_of(co_await receive(stream)), 3);
    EXPECT_EQ(co_await receive(stream), closed);
    stream.close();
    co_await test.end();
    EXPECT_EQ(test.recorder_.reason, "left");
  });
}

TEST_F(ControlTest, ALostClientEndsItsRequests) {
  with_client(+[](ControlTest& test, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    co_await send(stream, 3, "hold");
    co_await ask(stream, 4, "look");
    stream.close();
    co_await test.end();
    EXPECT_EQ(probe.ended, 1u);
  });
}

TEST_F(ControlTest, DrainingEndsASessionWithoutTransfers) {
  with_client(+[](ControlTest& test, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    test.control_->drain();
    EXPECT_EQ(co_await receive(stream), closed);
  });
  EXPECT_EQ(recorder_.reason, "the server is stopping");
}

TEST_F(ControlTest, WithoutALoginInTimeItIsClosed) {
  login_within_ = 50ms;
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await ask(stream, 1, "greet");
    EXPECT_EQ(co_await receive(stream), closed);
  });
}

TEST_F(ControlTest, TheLoginsDeadlineEndsWithIt) {
  login_within_ = 100ms;
  with_client(+[](ControlTest& test, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    EXPECT_EQ(test.context_.unknown, 0u);
    auto pause = 200ms;
    co_await net::sleep_for(pause);
    EXPECT_EQ(code_of(co_await ask(stream, 3, "look")), "none");
  });
}

}  // namespace

}  // namespace dftp::server::control_test
