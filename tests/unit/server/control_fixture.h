// A control connection with commands of the test's own.
#pragma once

#include <gtest/gtest.h>

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "server/main/server_state.h"
#include "server/observe/event.h"
#include "server/session/control.h"
#include "tests/support/stream_pair.h"
#include "tests/support/temporary_directory.h"

namespace dftp::server::control_test {

using namespace std::chrono_literals;
using json::Object;
using json::Value;

// What the commands of the test do and count. One test at a time.
struct Probe {
  std::size_t begun = 0, running = 0, max = 0, ended = 0;
  bool hold = false;
};
inline Probe probe;

inline net::Task<Result<Value>> greet(ActiveRequest& call, Value&) {
  call.session.hello = Hello{};
  co_return Object{};
}

// Takes its time, so that what is behind it would overtake it if it could.
inline net::Task<Result<Value>> enter(ActiveRequest& call, Value& request) {
  auto pause = 20ms;
  co_await net::sleep_for(pause);
  const Value* write = request.find("write");
  call.session.user = Principal{"ada", {}, write && *write->as<bool>()};
  co_return Object{};
}

inline net::Task<Result<Value>> look(ActiveRequest&, Value&) {
  co_return Object{};
}

// Until it is let go or the session ends.
inline net::Task<Result<Value>> hold(ActiveRequest& call, Value&) {
  ++probe.begun;
  probe.max = std::max(probe.max, ++probe.running);
  auto pause = 1ms;
  while (probe.hold && call.running()) co_await net::sleep_for(pause);
  --probe.running;
  ++probe.ended;
  if (auto goes_on = call.running(); !goes_on) co_return std::unexpected(goes_on.error());
  co_return Object{};
}

inline net::Task<Result<Value>> end_other(ActiveRequest& call, Value& params) {
  call.session.cancel(static_cast<std::uint64_t>(*params.find("id")->as<std::int64_t>()));
  co_return Object{};
}

inline net::Task<Result<Value>> answer_bytes(ActiveRequest&, Value& request) {
  ++probe.begun;
  co_return Object{{"text", std::string(static_cast<std::size_t>(*request.find("bytes")->as<std::int64_t>()), 'x')}};
}

inline net::Task<Result<Value>> break_down(ActiveRequest&, Value&) {
  throw std::length_error("a size that no memory has");
  co_return Object{};
}

inline net::Task<Result<Value>> leave(ActiveRequest& call, Value&) {
  call.session.end({Code::cancelled, {}, {}, "left"});
  co_return Object{};
}

inline constexpr CommandSpec commands[] = {
    {"greet", Permission::anyone, Ordering::in_order, greet},
    {"enter", Permission::greeted, Ordering::in_order, enter},
    {"look", Permission::read, Ordering::any, look},
    {"change", Permission::write, Ordering::any, look},
    {"hold", Permission::read, Ordering::any, hold},
    {"bytes", Permission::read, Ordering::any, answer_bytes},
    {"leave", Permission::greeted, Ordering::in_order, leave},
    {"urgent", Permission::read, Ordering::at_once, look},
    {"quit", Permission::greeted, Ordering::at_once, leave},
    {"cancel", Permission::read, Ordering::at_once, end_other},
    {"hash", Permission::read, Ordering::hashing, hold},
    {"page", Permission::read, Ordering::one_by_one, hold},
    {"lock", Permission::read, Ordering::waiting, hold, "wait"},
    {"break", Permission::read, Ordering::any, break_down},
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
  CurrentConfig config_{Config{.root = directory_.path(), .state = directory_.path()}};
  Authenticator authenticator_{directory_.path(), {}};
  Recorder recorder_;
  ServerState state_{{.config = config_,
                      .commands = commands,
                      .authenticator = authenticator_,
                      .observer = recorder_,
                      .disk = pool_,
                      .hashing = pool_,
                      .logins = pool_},
                     RootDirectory::open(directory_.path(), InnerLinks::beneath).value()};
  ServerContext& context_ = state_.context;
  net::Loop loop_;
  net::DiskPool pool_{1};
  Control* control_ = nullptr;
  net::Duration login_within_ = 30s;
  bool over_ = false;
};

inline const Object nothing;

inline net::Task<void> send(net::Stream& stream, std::int64_t id, std::string_view command,
                            const Object& params = nothing) {
  const Value frame = request_json(static_cast<std::uint64_t>(id), command, params);
  auto sent = co_await net::write_frame(stream, frame);
  EXPECT_TRUE(sent);
}

inline net::Task<Value> receive(net::Stream& stream) {
  auto frame = co_await net::read_frame(stream, limits::frame_after_login);
  co_return frame ? std::move(*frame) : Value("closed");
}

inline net::Task<Value> ask(net::Stream& stream, std::int64_t id, std::string_view command,
                            const Object& params = nothing) {
  co_await send(stream, id, command, params);
  co_return co_await receive(stream);
}

inline net::Task<void> log_in(net::Stream& stream) {
  co_await ask(stream, 1, "greet");
  co_await ask(stream, 2, "enter");
}

inline std::string code_of(const Value& reply) {
  const Value* error = reply.find("error");
  return error ? *error->find("code")->as<std::string>() : "none";
}
inline std::int64_t id_of(const Value& reply) {
  const Value* id = reply.find("id");
  return id ? *id->as<std::int64_t>() : -1;
}
inline const Value closed = "closed";

// The answer to this one; those to others are thrown away.
inline net::Task<Value> ask_among(net::Stream& stream, std::int64_t id, std::string_view command) {
  co_await send(stream, id, command);
  for (;;) {
    Value reply = co_await receive(stream);
    if (reply == closed || id_of(reply) == id) co_return reply;
    EXPECT_EQ(code_of(reply), "too_many");
  }
}

inline net::Task<void> use_twice(net::Stream& stream, std::string_view command) {
  co_await log_in(stream);
  probe.hold = true;
  for (const std::int64_t id : {10, 11, 11}) co_await send(stream, id, command);
  Value reply = co_await receive(stream);
  EXPECT_EQ(code_of(reply), "protocol");
  EXPECT_FALSE(reply.find("id"));
}

inline net::Task<void> overtake(net::Stream& stream, std::string_view command) {
  co_await log_in(stream);
  probe.hold = true;
  constexpr int sent = limits::requests_in_flight;
  for (int i = 0; i < sent; ++i) co_await send(stream, 100 + i, command);
  EXPECT_EQ(id_of(co_await ask(stream, 3, "urgent")), 3);
  probe.hold = false;
  for (int i = 0; i < sent; ++i) EXPECT_EQ(code_of(co_await receive(stream)), "none");
}

}  // namespace dftp::server::control_test
