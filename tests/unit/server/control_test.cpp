// Who may ask for what, in which order it is carried out, and what becomes of too much.
#include "tests/unit/server/control_fixture.h"

namespace dftp::server::control_test {
namespace {

Object cancelled(std::int64_t id) {
  return {{"id", id}};
}

TEST_F(ControlTest, PermissionsComeStepByStep) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    EXPECT_EQ(code_of(co_await ask(stream, 1, "look")), "invalid_request");
    EXPECT_EQ(code_of(co_await ask(stream, 2, "greet")), "none");
    EXPECT_EQ(code_of(co_await ask(stream, 3, "look")), "login_required");
    EXPECT_EQ(code_of(co_await ask(stream, 4, "enter")), "none");
    EXPECT_EQ(code_of(co_await ask(stream, 5, "look")), "none");
    EXPECT_EQ(code_of(co_await ask(stream, 6, "change")), "read_only");
  });
}

TEST_F(ControlTest, AUserWhoMayWriteMayChange) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await ask(stream, 1, "greet");
    const Object write{{"write", true}};
    co_await ask(stream, 2, "enter", write);
    EXPECT_EQ(code_of(co_await ask(stream, 3, "change")), "none");
  });
}

TEST_F(ControlTest, AnUnknownCommandEndsNothing) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    EXPECT_EQ(code_of(co_await ask(stream, 1, "dance")), "unsupported");
    EXPECT_EQ(code_of(co_await ask(stream, 2, "greet")), "none");
  });
}

TEST_F(ControlTest, ARequestWithoutAnIdEndsTheSession) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    const Value frame = Object{{"cmd", "greet"}};
    co_await net::write_frame(stream, frame);
    const Value reply = co_await receive(stream);
    EXPECT_EQ(code_of(reply), "protocol");
    EXPECT_FALSE(reply.find("id"));
    EXPECT_EQ(co_await receive(stream), closed);
  });
}

TEST_F(ControlTest, AnIdIsAnyNumber) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    const Value largest = Object{{"id", UINT64_MAX}, {"cmd", "greet"}};
    co_await net::write_frame(stream, largest);
    const Value reply = co_await receive(stream);
    EXPECT_EQ(*reply.find("id"), Value(UINT64_MAX));
  });
}

TEST_F(ControlTest, LoginIsCarriedOutBeforeWhatIsBehindIt) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await send(stream, 1, "greet");
    co_await send(stream, 2, "enter");
    co_await send(stream, 3, "look");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(co_await receive(stream)), "none");
  });
}

TEST_F(ControlTest, AQuickRequestOvertakesASlowOne) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    co_await send(stream, 3, "hold");
    EXPECT_EQ(id_of(co_await ask(stream, 4, "look")), 4);
    probe.hold = false;
    EXPECT_EQ(id_of(co_await receive(stream)), 3);
  });
}

inline net::Task<void> ask_for_too_many(net::Stream& stream, std::string_view command) {
  co_await log_in(stream);
  probe.hold = true;
  constexpr int most = limits::requests_in_flight, more = 10;
  for (int i = 0; i < most + more; ++i) co_await send(stream, 100 + i, command);
  for (int i = 0; i < more; ++i) {
    const Value reply = co_await receive(stream);
    EXPECT_EQ(code_of(reply), "too_many");
    EXPECT_EQ(id_of(reply), 100 + most + i);
  }
  EXPECT_EQ(code_of(co_await ask(stream, 3, "cancel", cancelled(99))), "none") << "what takes no time does not count";
  co_await send(stream, 4, "cancel", cancelled(100 + most - 1));
  std::multiset<std::string> codes;
  for (int i = 0; i < 2; ++i) codes.insert(code_of(co_await receive(stream)));
  EXPECT_EQ(codes, (std::multiset<std::string>{"cancelled", "none"}));
  probe.hold = false;
}

TEST_F(ControlTest, OneMoreThanTheLimitIsRefusedAtOnce) {
  with_client(+[](ControlTest&, net::Stream& stream) { return ask_for_too_many(stream, "hold"); });
  EXPECT_EQ(probe.max, limits::requests_in_flight);
}

TEST_F(ControlTest, WhatCannotBeBegunYetCountsAsWell) {
  with_client(+[](ControlTest&, net::Stream& stream) { return ask_for_too_many(stream, "hash"); });
  EXPECT_EQ(probe.max, limits::hashed_files);
}

TEST_F(ControlTest, TheGoodbyeIsHeardDuringTheLogin) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await ask(stream, 1, "greet");
    co_await send(stream, 2, "enter");
    co_await send(stream, 3, "look");
    EXPECT_EQ(id_of(co_await ask(stream, 4, "quit")), 4);
    EXPECT_EQ(id_of(co_await receive(stream)), 2);
    EXPECT_EQ(co_await receive(stream), closed);
  });
}

TEST_F(ControlTest, WhatIsBehindTheLoginIsLimited) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await ask(stream, 1, "greet");
    co_await send(stream, 2, "enter");
    const Object large{{"padding", std::string(limits::frame_before_login / 2, 'x')}};
    co_await send(stream, 3, "look", large);
    const Value reply = co_await ask(stream, 4, "look", large);
    EXPECT_EQ(id_of(reply), 4);
    EXPECT_EQ(code_of(reply), "too_many");
    EXPECT_EQ(id_of(co_await receive(stream)), 2);
    EXPECT_EQ(code_of(co_await receive(stream)), "none");
  });
}

TEST_F(ControlTest, WhatIsUrgentIsCarriedOutWhateverWaits) {
  for (const char* command : {"hold", "hash", "page"}) {
    probe = {};
    over_ = false;
    with_client(
        command == std::string("hold")   ? +[](ControlTest&, net::Stream& stream) { return overtake(stream, "hold"); }
        : command == std::string("hash") ? +[](ControlTest&, net::Stream& stream) { return overtake(stream, "hash"); }
                                         : +[](ControlTest&, net::Stream& stream) { return overtake(stream, "page"); });
  }
}

TEST_F(ControlTest, OneRequestTooManyIsRefusedAndTheOthersAreAnswered) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    constexpr int sent = 1300;
    for (int i = 0; i < sent; ++i) co_await send(stream, 100 + i, "hold");
    EXPECT_EQ(id_of(co_await ask_among(stream, 3, "urgent")), 3);
    probe.hold = false;
  });
  EXPECT_EQ(probe.max, limits::requests_in_flight);
}

TEST_F(ControlTest, ALockThatIsNotWaitedForIsNeverOneTooMany) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    const Object wait{{"wait", true}};
    for (std::size_t i = 0; i < limits::waiting_requests; ++i)
      co_await send(stream, 100 + static_cast<std::int64_t>(i), "lock", wait);
    EXPECT_EQ(code_of(co_await ask(stream, 3, "lock", wait)), "too_many");
    co_await send(stream, 4, "lock");
    auto pause = 1ms;
    for (int i = 0; i < 5000 && probe.begun <= limits::waiting_requests; ++i) co_await net::sleep_for(pause);
    EXPECT_EQ(probe.begun, limits::waiting_requests + 1);
    probe.hold = false;
  });
}

TEST_F(ControlTest, ACancelledRequestIsAnsweredAndNothingElseEnds) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    for (const std::int64_t id : {10, 11}) co_await send(stream, id, "hold");
    co_await send(stream, 12, "cancel", cancelled(10));
    std::map<std::int64_t, std::string> answers;
    for (int i = 0; i < 2; ++i) {
      const Value reply = co_await receive(stream);
      answers[id_of(reply)] = code_of(reply);
    }
    EXPECT_EQ(answers, (std::map<std::int64_t, std::string>{{10, "cancelled"}, {12, "none"}}));
    EXPECT_EQ(code_of(co_await ask(stream, 13, "cancel", cancelled(10))), "none") << "it is over, which is no error";
    EXPECT_EQ(code_of(co_await ask(stream, 14, "cancel", cancelled(99))), "none");
    probe.hold = false;
    EXPECT_EQ(code_of(co_await receive(stream)), "none");
  });
}

TEST_F(ControlTest, WhatIsCancelledBeforeItIsBegunNeverIs) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    for (const std::int64_t id : {10, 11}) co_await send(stream, id, "page");  // one by one
    co_await send(stream, 12, "cancel", cancelled(11));
    std::map<std::int64_t, std::string> answers;
    for (int i = 0; i < 2; ++i) {
      const Value reply = co_await receive(stream);
      answers[id_of(reply)] = code_of(reply);
    }
    EXPECT_EQ(answers, (std::map<std::int64_t, std::string>{{11, "cancelled"}, {12, "none"}}));
    probe.hold = false;
    EXPECT_EQ(id_of(co_await receive(stream)), 10);
    EXPECT_EQ(probe.begun, 1u);
  });
}

TEST_F(ControlTest, ANumberThatIsInUseEndsTheSession) {
  for (const bool waits : {false, true}) {
    probe = {};
    over_ = false;
    with_client(waits ? +[](ControlTest&, net::Stream& stream) { return use_twice(stream, "page"); }
                      : +[](ControlTest&, net::Stream& stream) { return use_twice(stream, "hold"); });
  }
}

TEST_F(ControlTest, ANumberIsFreeWhenItIsAnswered) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(co_await ask(stream, 10, "look")), "none");
  });
}

TEST_F(ControlTest, TheEndIsSeenWhateverWaits) {
  with_client(+[](ControlTest& test, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    for (int i = 0; i < 200; ++i) co_await send(stream, 100 + i, i % 2 ? "page" : "hash");
    stream.close();
    co_await test.end();
    EXPECT_LE(probe.begun, 1 + limits::hashed_files);
  });
}

TEST_F(ControlTest, AnExceptionIsTheFailureOfItsRequestAlone) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    EXPECT_EQ(code_of(co_await ask(stream, 3, "break")), "io");
    EXPECT_EQ(code_of(co_await ask(stream, 4, "look")), "none");
  });
}

}  // namespace

}  // namespace dftp::server::control_test
