// A control connection with commands of the test's own.
#include "server/session/control.h"

#include <gtest/gtest.h>

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "tests/support/stream_pair.h"
#include "tests/support/temporary_directory.h"

namespace dftp {
namespace {

using namespace std::chrono_literals;
using json::Object;
using json::Value;

// What the commands of the test do and count. One test at a time.
struct Probe {
  std::size_t begun = 0, running = 0, most = 0, ended = 0;
  bool hold = false;
};
Probe probe;

net::Task<Result<Value>> greet(Session& session, Value&) {
  session.hello = Hello{};
  co_return Object{};
}

// Takes its time, so that what is behind it would overtake it if it could.
net::Task<Result<Value>> enter(Session& session, Value& request) {
  auto pause = 20ms;
  co_await net::sleep_for(pause);
  const Value* write = request.find("write");
  session.user = Principal{"ada", {}, write && *write->as<bool>()};
  co_return Object{};
}

net::Task<Result<Value>> look(Session&, Value&) {
  co_return Object{};
}

// Until it is let go or the session ends.
net::Task<Result<Value>> hold(Session& session, Value&) {
  ++probe.begun;
  probe.most = std::max(probe.most, ++probe.running);
  auto pause = 1ms;
  while (probe.hold && !session.ending) co_await net::sleep_for(pause);
  --probe.running;
  ++probe.ended;
  co_return Object{};
}

net::Task<Result<Value>> answer_bytes(Session&, Value& request) {
  ++probe.begun;
  co_return Object{{"text", std::string(static_cast<std::size_t>(*request.find("bytes")->as<std::int64_t>()), 'x')}};
}

net::Task<Result<Value>> break_down(Session&, Value&) {
  throw std::length_error("a size that no memory has");
  co_return Object{};
}

net::Task<Result<Value>> leave(Session& session, Value&) {
  session.end({Code::cancelled, {}, {}, "left"});
  co_return Object{};
}

constexpr Command commands[] = {
    {"greet", Permission::anyone, Order::in_order, greet},
    {"enter", Permission::greeted, Order::in_order, enter},
    {"look", Permission::read, Order::any, look},
    {"change", Permission::write, Order::any, look},
    {"hold", Permission::read, Order::any, hold},
    {"bytes", Permission::read, Order::any, answer_bytes},
    {"leave", Permission::greeted, Order::in_order, leave},
    {"urgent", Permission::read, Order::at_once, look},
    {"hash", Permission::read, Order::hashing, hold},
    {"page", Permission::read, Order::one_by_one, hold},
    {"lock", Permission::read, Order::waiting, hold, "wait"},
    {"break", Permission::read, Order::any, break_down},
};

struct Recorder final : Observer {
  void note(const Event& event) override {
    if (const auto* closed = std::get_if<SessionClosed>(&event)) reason = closed->reason;
  }
  std::string reason;
};

class ControlTest : public testing::Test {
 protected:
  ControlTest() { probe = {}; }

  Context make_context() {
    return Context{.config = config_,
                   .commands = commands,
                   .authenticator = authenticator_,
                   .observer = recorder_,
                   .disk = pool_,
                   .hashing = pool_,
                   .logins = pool_,
                   .roots = Roots(Beneath::open(directory_.path(), InnerLinks::beneath).value())};
  }
  net::Task<void> serve(std::unique_ptr<net::Stream> stream) {
    auto first = co_await net::read_frame(*stream, limits::frame_before_login);
    if (!first) co_return;
    Control control(context_, loop_.executor(), std::move(stream), take_slot(context_.unknown, 1),
                    std::chrono::steady_clock::now() + login_within_);
    control_ = &control;
    co_await control.run(std::move(*first));
    control_ = nullptr;
    over_ = true;
  }
  // The client's side of the test.
  void with_client(net::Task<void> (*client)(ControlTest& test, net::Stream& stream)) {
    auto pair = test::stream_pair(loop_);
    net::spawn(loop_.executor(), serve(std::move(pair.server)));
    net::run_until_done(loop_, client(*this, *pair.client));
    pair.client.reset();
    net::run_until_done(loop_, end());
  }

 public:
  net::Task<void> end() const {
    auto pause = 1ms;
    for (int i = 0; i < 5000 && !over_; ++i) co_await net::sleep_for(pause);
    EXPECT_TRUE(over_) << "the session outlives its client";
  }

  TemporaryDirectory directory_;
  Config config_{.root = directory_.path(), .state = directory_.path()};
  Authenticator authenticator_{directory_.path(), {}};
  Recorder recorder_;
  Context context_ = make_context();
  net::Loop loop_;
  net::DiskPool pool_{1};
  Control* control_ = nullptr;
  net::Duration login_within_ = 30s;
  bool over_ = false;
};

const Object nothing;

net::Task<void> send(net::Stream& stream, std::int64_t id, std::string_view command, const Object& members = nothing) {
  Object request{{"id", id}, {"cmd", std::string(command)}};
  request.insert(request.end(), members.begin(), members.end());
  const Value frame = std::move(request);
  auto sent = co_await net::write_frame(stream, frame);
  EXPECT_TRUE(sent);
}

net::Task<Value> receive(net::Stream& stream) {
  auto frame = co_await net::read_frame(stream, limits::frame_after_login);
  co_return frame ? std::move(*frame) : Value("closed");
}

net::Task<Value> ask(net::Stream& stream, std::int64_t id, std::string_view command, const Object& members = nothing) {
  co_await send(stream, id, command, members);
  co_return co_await receive(stream);
}

net::Task<void> log_in(net::Stream& stream) {
  co_await ask(stream, 1, "greet");
  co_await ask(stream, 2, "enter");
}

std::string code_of(const Value& reply) {
  const Value* error = reply.find("error");
  return error ? *error->find("code")->as<std::string>() : "none";
}
std::int64_t id_of(const Value& reply) {
  const Value* id = reply.find("id");
  return id ? *id->as<std::int64_t>() : -1;
}
const Value closed = "closed";

// The answer to this one; those to others are thrown away.
net::Task<Value> ask_among(net::Stream& stream, std::int64_t id, std::string_view command) {
  co_await send(stream, id, command);
  for (;;) {
    Value reply = co_await receive(stream);
    if (reply == closed || id_of(reply) == id) co_return reply;
    EXPECT_EQ(code_of(reply), "too_many");
  }
}

net::Task<void> overtake(net::Stream& stream, std::string_view command) {
  co_await log_in(stream);
  probe.hold = true;
  for (int i = 0; i < 200; ++i) co_await send(stream, 100 + i, command);
  EXPECT_EQ(id_of(co_await ask(stream, 3, "urgent")), 3);
  probe.hold = false;
  for (int i = 0; i < 200; ++i) EXPECT_EQ(code_of(co_await receive(stream)), "none");
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

TEST_F(ControlTest, AnIdIsAnyInteger) {
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

TEST_F(ControlTest, NoMoreThanTheLimitRunAtOnceAndAllAreAnswered) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    for (int i = 0; i < 200; ++i) co_await send(stream, 100 + i, "hold");
    auto pause = 100ms;
    co_await net::sleep_for(pause);
    EXPECT_EQ(probe.begun, limits::requests_in_flight);
    probe.hold = false;
    for (int i = 0; i < 200; ++i) EXPECT_EQ(code_of(co_await receive(stream)), "none");
    EXPECT_EQ(probe.most, limits::requests_in_flight);
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
  EXPECT_EQ(probe.most, limits::requests_in_flight);
}

TEST_F(ControlTest, ALockThatIsNotWaitedForIsNeverOneTooMany) {
  with_client(+[](ControlTest&, net::Stream& stream) -> net::Task<void> {
    co_await log_in(stream);
    probe.hold = true;
    const Object wait{{"wait", std::int64_t{1}}};
    for (std::size_t i = 0; i < limits::mount_lock_waits; ++i)
      co_await send(stream, 100 + static_cast<std::int64_t>(i), "lock", wait);
    EXPECT_EQ(code_of(co_await ask(stream, 3, "lock", wait)), "too_many");
    co_await send(stream, 4, "lock");
    auto pause = 1ms;
    for (int i = 0; i < 5000 && probe.begun <= limits::mount_lock_waits; ++i) co_await net::sleep_for(pause);
    EXPECT_EQ(probe.begun, limits::mount_lock_waits + 1);
    probe.hold = false;
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

TEST_F(ControlTest, WhoDoesNotReadIsNotReadEither) {
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
}  // namespace dftp
