#include "server/session/control.h"

#include <algorithm>

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "server/exec/run.h"
#include "server/mount/mount_session.h"
#include "server/session/farewell.h"
#include "server/session/revocation.h"
#include "server/session/transfers.h"

namespace dftp {
namespace {

using namespace std::chrono_literals;

// What a session that ends has to say must be said in this time.
constexpr auto flush_limit = 10s;
// For transfers that are as good as over when the client says goodbye.
constexpr auto settle_limit = 5s;
// For the client to close first: a socket closed with bytes unread would take the last words back.
constexpr auto linger_limit = 1s;
// With so much waiting to be written, no further request is read.
constexpr std::size_t outbox_bytes = limits::frame_after_login;

bool gives_back(const json::Value& request) {
  const json::Value* type = request.find("type");
  const auto* text = type ? type->as<std::string>() : nullptr;
  return text && *text == "unlock";
}

}  // namespace

Control::Control(Context& context, net::Executor executor, std::unique_ptr<net::Stream> stream, Slot unknown,
                 std::chrono::steady_clock::time_point login_by)
    : context_(context),
      stream_(std::move(stream)),
      unknown_(std::move(unknown)),
      slot_(take_slot(context.controls, SIZE_MAX)),
      changed_(executor),
      outbox_(*stream_, executor, changed_),
      session_{.context = context, .executor = executor, .stream = *stream_, .outbox = outbox_, .changed = changed_},
      guard_(executor, [this] {
        session_.end({Code::timed_out, {}, {}, session_.user ? "idle for too long" : "no login in time"});
        stream_->close();
      }) {
  stream_->set_timeout(net::Duration::max());
  guard_.begin(net::Direction::read, login_by);
}

net::Task<void> Control::run(json::Value first) {
  auto reading = net::both(read_requests(std::move(first)), outbox_.run());
  auto session = net::both(std::move(reading), close_down());
  co_await std::move(session);
  if (!session_.user) co_return;
  const auto duration = std::chrono::steady_clock::now() - begun_;
  context_.observer.note(SessionClosed{.session = session_.number,
                                       .peer = stream_->peer(),
                                       .user = session_.user->user,
                                       .reason = session_.ending->detail,
                                       .requests = requests_,
                                       .duration = std::chrono::duration_cast<std::chrono::milliseconds>(duration)});
}

void Control::drain() {
  draining_ = true;
  changed_.notify_all();
}

net::Task<Result<void>> Control::read_requests(json::Value frame) {
  bool more = true;
  while (more) {
    ++requests_;
    co_await take(frame);
    if (!stream_->has_buffered()) co_await net::let_others_run();
    more = co_await next_frame(frame);
  }
  co_await read_away(*stream_);
  reading_ = false;
  changed_.notify_all();
  co_return Result<void>();
}

// False when the session ends.
net::Task<bool> Control::next_frame(json::Value& frame) {
  while (!session_.ending && full()) co_await changed_.wait();
  if (session_.ending) co_return false;
  auto read =
      co_await net::read_frame(*stream_, session_.user ? limits::frame_after_login : limits::frame_before_login);
  if (session_.ending) co_return false;
  if (!read) {
    if (read.error().code == Code::too_large || read.error().code == Code::protocol)
      answer(nullptr, std::unexpected(read.error()));
    session_.end(read.error());
    co_return false;
  }
  frame = std::move(*read);
  co_return true;
}

bool Control::full() const {
  return in_flight_ >= limits::requests_in_flight || outbox_.waiting_bytes() >= outbox_bytes;
}

net::Task<void> Control::take(json::Value& frame) {
  const json::Value* id = frame.find("id");
  const json::Value* name = frame.find("cmd");
  if (!id || !(id->as<std::int64_t>() || id->as<std::uint64_t>())) {
    const Error error{Code::protocol, {}, "id", "a request has an integer to know its answer by"};
    answer(nullptr, std::unexpected(error));
    session_.end(error);
    co_return;
  }
  const auto* text = name ? name->as<std::string>() : nullptr;
  if (!text) co_return answer(id, fail(Code::invalid_request, "cmd", "must be the name of a command"));
  const auto command = std::ranges::find(context_.commands, *text, &Command::name);
  if (command == context_.commands.end()) co_return answer(id, fail(Code::unsupported, *text, "no such command"));
  review(session_);
  if (session_.ending) co_return;
  if (auto may = permitted(command->permission); !may) {
    may.error().where = *text;
    co_return answer(id, std::unexpected(may.error()));
  }
  // One more is refused: reading on is how the client ends those that wait. A lock that is given back does not wait.
  if (command->order == Order::waiting && waiting_ >= limits::mount_lock_waits && !gives_back(frame))
    co_return answer(id, fail(Code::too_many, *text, "too many requests of this session wait for somebody else"));
  if (command->order == Order::one_by_one) {
    while (one_running_ && !session_.ending) co_await changed_.wait();
    one_running_ = true;
  }
  ++(command->order == Order::waiting ? waiting_ : in_flight_);
  changed_.notify_all();
  auto carrying_out = carry_out(*command, json::Value(*id), std::move(frame));
  if (command->order == Order::in_order) {
    co_await std::move(carrying_out);
  } else {
    net::spawn(session_.executor, std::move(carrying_out));
  }
}

net::Task<void> Control::carry_out(const Command& command, json::Value id, json::Value frame) {
  net::stay_awake();
  auto result = co_await command.run(session_, frame);
  answer(&id, std::move(result));
  net::stay_awake();  // whoever has waited for it will ask for the next thing
  if (command.order == Order::one_by_one) one_running_ = false;
  if (session_.user) unknown_.reset();
  --(command.order == Order::waiting ? waiting_ : in_flight_);
  changed_.notify_all();
}

Result<void> Control::permitted(Permission permission) const {
  if (permission == Permission::anyone) return {};
  if (!session_.hello) return fail(Code::invalid_request, {}, "hello comes first");
  if (permission == Permission::greeted) return {};
  if (!session_.user) return fail(Code::login_required, {}, "a login comes first");
  if (permission == Permission::talk && !session_.user->talk)
    return fail(Code::denied, {}, "you may not talk with others here");
  if (permission != Permission::write || session_.user->write) return {};
  return fail(Code::read_only, {}, "you may only read here; ask whoever runs the server for the right to write");
}

void Control::answer(const json::Value* id, Result<json::Value> result) {
  if (session_.mount) session_.mount->tell_so_far();
  json::Object reply;
  if (id) reply.emplace_back("id", *id);
  if (result) {
    reply.emplace_back("result", std::move(*result));
  } else {
    reply.emplace_back("error", to_json(to_wire(result.error())));
  }
  const std::string text = json::write(reply);
  if (text.size() <= limits::frame_after_login) return outbox_.push(text);
  answer(id, fail(Code::too_large, {}, "the answer does not fit a frame"));
}

net::Task<Result<void>> Control::close_down() {
  while (!session_.ending && !(draining_ && session_.transfers.empty() && session_.commands.empty())) {
    co_await changed_.wait();
    watch_idleness();
  }
  session_.end({Code::shutting_down, {}, {}, "the server is stopping"});
  co_await let_transfers_end();
  stop_transfers(session_, *session_.ending);
  const auto commands = session_.commands;  // one that has not begun goes at once
  for (const auto& command : commands) command->drop(*session_.ending);
  if (session_.mount) session_.mount->leave();
  while (busy()) co_await changed_.wait();
  co_await leave_mount();
  if (session_.revoked) answer(nullptr, std::unexpected(*session_.ending));
  guard_.begin(net::Direction::read, net::deadline_after(flush_limit));
  outbox_.close();
  while (outbox_.running()) co_await changed_.wait();
  co_await stream_->finish();
  const auto deadline = std::chrono::steady_clock::now() + linger_limit;
  while (reading_ && std::chrono::steady_clock::now() < deadline)
    co_await changed_.wait_for(deadline - std::chrono::steady_clock::now());
  stream_->close();
  co_return Result<void>();
}

// Again: one may have begun in the meantime.
net::Task<void> Control::leave_mount() {
  const auto mount = std::exchange(session_.mount, nullptr);
  if (!mount) co_return;
  mount->leave();
  if (!session_.revoked) co_return;
  co_await context_.disk.run([&] { return context_.mounts.end(*mount->state()), true; });
}

// Who says goodbye when all has arrived may be heard before the last words on the data connections.
net::Task<void> Control::let_transfers_end() {
  const auto deadline = std::chrono::steady_clock::now() + settle_limit;
  while (session_.left && !session_.transfers.empty() && std::chrono::steady_clock::now() < deadline)
    co_await changed_.wait_for(deadline - std::chrono::steady_clock::now());
}

// A session ends for idleness only while nothing runs in it.
void Control::watch_idleness() {
  if (!session_.user || session_.ending) return;
  if (busy()) {
    guard_.end(net::Direction::read);
  } else {
    guard_.begin(net::Direction::read, net::deadline_after(limits::session_idle));
  }
}

}  // namespace dftp
