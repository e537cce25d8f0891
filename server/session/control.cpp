#include "server/session/control.h"

#include <algorithm>

#include "proto/net/failures.h"
#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"
#include "proto/wire/wipe.h"
#include "server/guard/guard.h"
#include "server/observe/event.h"
#include "server/session/graceful_close.h"
#include "server/session/revocation.h"
#include "server/session/tickets.h"
#include "server/session/transfers.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// What a session that ends has to say must be said in this time.
constexpr auto flush_limit = 10s;
// For transfers that are as good as over when the client says goodbye.
constexpr auto settle_limit = 5s;
// For the client to close first: a socket closed with bytes unread would take the last words back.
constexpr auto linger_limit = 1s;
// With so much waiting to be written no further request is begun.
constexpr std::size_t outbox_bytes = limits::frame_after_login;
// So much is said meanwhile to a client that goes on asking and does not read: that it asks too much, and what takes no
// time.
constexpr std::size_t unheard_bytes = 256 * 1024;
// Text of requests that wait for those before them; of who has not logged in no more than a frame.
constexpr std::size_t queued_bytes = 8 * limits::frame_after_login;

bool gives_back(const json::Value& params) {
  const json::Value* type = params.find("type");
  const auto* text = type ? type->as<std::string>() : nullptr;
  return text && *text == "unlock";
}

// A lock that is not waited for, or given back, is like any other request.
Ordering order_of(const CommandSpec& command, const json::Value& params) {
  if (command.order != Ordering::waiting || command.waits_if.empty()) return command.order;
  const json::Value* waits = params.find(command.waits_if);
  const auto* flag = waits ? waits->as<bool>() : nullptr;
  return flag && *flag && !gives_back(params) ? Ordering::waiting : Ordering::any;
}

}  // namespace

Control::Control(ServerContext& context, net::Executor executor, std::unique_ptr<net::Stream> stream, Slot unknown,
                 std::chrono::steady_clock::time_point login_by)
    : context_(context),
      stream_(std::move(stream)),
      unknown_(std::move(unknown)),
      slot_(take_slot(context.controls, SIZE_MAX)),
      changed_(executor),
      outbox_(*stream_, executor, changed_),
      session_{.context = context, .executor = executor, .stream = *stream_, .outbox = outbox_, .changed = changed_},
      guard_(executor,
             [this] {
               session_.end({Code::timed_out, {}, {}, session_.user ? "idle for too long" : "no login in time"});
               stream_->close();
             }),
      frame_limit_([this] {
        return static_cast<std::uint32_t>(session_.user ? limits::frame_after_login : limits::frame_before_login);
      }) {
  stream_->set_timeout(net::Duration::max());
  session_.cancel = [this](std::uint64_t id) { cancel(id); };
  guard_.begin(net::Direction::read, login_by);
}

net::Task<void> Control::run(json::Value first) {
  auto reading = net::both(read_requests(std::move(first)), outbox_.run());
  auto session = net::both(std::move(reading), close_down());
  co_await std::move(session);
  context_.trim_due = true;
  if (!session_.user) co_return note_offence();
  const auto duration = std::chrono::steady_clock::now() - begun_;
  context_.observer.note(SessionClosed{.session = session_.number,
                                       .peer = stream_->peer(),
                                       .user = session_.user->user,
                                       .reason = session_.ending->detail,
                                       .requests = read_,
                                       .duration = std::chrono::duration_cast<std::chrono::milliseconds>(duration)});
}

// Wrong passwords have cost enough already.
void Control::note_offence() {
  const std::string source = source_of(stream_->peer());
  const Code why = session_.ending->code;
  if (why == Code::timed_out) return context_.guard.offended(source, Offence::late_login);
  if (why == Code::protocol || why == Code::too_large) return context_.guard.offended(source, Offence::broken);
  if (why != Code::shutting_down && session_.failed_logins == 0) context_.guard.offended(source, Offence::no_login);
}

void Control::drain() {
  draining_ = true;
  changed_.notify_all();
}

// An exception in it ends the session, as the end of the connection does.
net::Task<Result<void>> Control::read_requests(json::Value first) {
  auto reading = net::caught(read_until_ended(std::move(first)));
  const auto read = co_await std::move(reading);
  if (!read) session_.end(read.error());
  co_await drain_stream(*stream_);
  reading_ = false;
  changed_.notify_all();
  co_return Result<void>();
}

net::Task<Result<void>> Control::read_until_ended(json::Value frame) {
  bool more = true;
  while (more) {
    ++read_;
    take(std::move(frame));
    // It takes no time, and a password that came before its answer would be put aside as text.
    while (!session_.hello && requests_.in_order() > 0) co_await changed_.wait();
    if (!stream_->has_buffered()) co_await net::yield();
    more = co_await next_frame(frame);
  }
  co_return Result<void>();
}

// False when the session ends. It is always read: cancels, the goodbye and the end are seen whatever waits.
net::Task<bool> Control::next_frame(json::Value& frame) {
  count_bytes();
  if (session_.ending) co_return false;
  auto read = co_await net::read_frame(*stream_, frame_limit_);
  if (session_.ending) co_return false;
  if (!read) {
    if (read.error().code == Code::too_large || read.error().code == Code::protocol)
      answer(std::nullopt, std::unexpected(read.error()));
    session_.end(read.error());
    co_return false;
  }
  frame = std::move(*read);
  co_return true;
}

// Whose other sessions and mounts have much unread already gets less of it.
bool Control::unread() const {
  return outbox_.waiting_bytes() >= (bytes_.over() ? limits::feed_unread : outbox_bytes);
}

void Control::count_bytes() {
  if (session_.account && bytes_.amount() == 0) bytes_ = session_.account->meter(Counted::queued_bytes);
  bytes_.set(outbox_.waiting_bytes() + requests_.bytes());
}

void Control::take(json::Value frame) {
  const auto id = request_id(frame);
  if (!id) {
    const Error error{Code::protocol, {}, "id", "a request has a number to know its answer by, from 0 to 2^64 - 1"};
    answer(std::nullopt, std::unexpected(error));
    return session_.end(error);
  }
  if (is_known(*id)) {
    const Error error{Code::protocol, {}, "id", "a request that is not answered has this number"};
    answer(std::nullopt, std::unexpected(error));
    return session_.end(error);
  }
  auto request = take_request(std::move(frame));
  if (!request) return answer_at_once(*id, std::unexpected(std::move(request.error())));
  take_command(*id, std::move(*request));
}

bool Control::is_known(std::uint64_t id) const {
  return session_.calls.contains(id) || requests_.contains(id);
}

// What has not been begun never is.
void Control::cancel(std::uint64_t id) {
  if (const auto call = session_.calls.find(id); call != session_.calls.end()) return call->second->cancel();
  if (requests_.remove(id)) answer(id, fail(Code::cancelled, {}, "cancelled by the client before it was begun"));
}

void Control::take_command(std::uint64_t id, RequestFrame request) {
  const auto command = std::ranges::find(context_.commands, request.command, &CommandSpec::name);
  if (command == context_.commands.end())
    return answer_at_once(id, fail(Code::unsupported, request.command, "no such command"));
  const auto missing = std::ranges::find_if(
      session_.missing, [&](const Extension* extension) { return has_command(*extension, command->name); });
  if (missing != session_.missing.end())
    return refuse(id, request.params, {Code::unsupported, {}, {}, "this server has " + lacks(**missing)});
  review(session_);
  if (session_.ending) return;
  const Ordering order = order_of(*command, request.params);
  const bool now = order == Ordering::at_once && permitted(command->permission);
  auto may = now ? Result<void>() : requests_.admit(order);
  if (may && (now || requests_.may_begin_now(order, unread())))
    return begin(*command, order, id, std::move(request.params));
  const std::size_t max_bytes = session_.user ? queued_bytes : limits::frame_before_login;
  if (may) may = requests_.push({&*command, order, id, json::write(request.params)}, max_bytes);
  if (may) return;
  may.error().where = command->name;
  refuse(id, request.params, std::move(may.error()));
}

// Those in the order of the queue that nothing keeps from it any more. After a goodbye, what came before it.
void Control::begin_waiting() {
  try {
    begin_what_may();
  } catch (...) {
    session_.end(net::error_of(std::current_exception()));
  }
}

void Control::begin_what_may() {
  if (session_.ending && !session_.left) requests_.clear();
  while (auto next = requests_.pop(unread())) {
    auto params = json::parse(next->params);
    wipe(next->params);
    if (params) begin(*next->command, next->order, next->id, std::move(*params));
  }
}

void Control::begin(const CommandSpec& command, Ordering order, std::uint64_t id, json::Value params) {
  if (auto may = permitted(command.permission); !may) {
    may.error().where = command.name;
    return refuse(id, params, std::move(may.error()));
  }
  requests_.begun(order);
  changed_.notify_all();
  net::spawn(session_.executor,
             carry_out(command, order, std::make_unique<ActiveRequest>(session_, id), std::move(params)));
}

net::Task<void> Control::carry_out(const CommandSpec& command, Ordering order, std::unique_ptr<ActiveRequest> call,
                                   json::Value params) {
  net::busy_poll_hint();
  auto result = co_await result_of(command, *call, params);
  try {
    if (order == Ordering::at_once) {
      answer_at_once(call->id, std::move(result));
    } else {
      answer(call->id, std::move(result));
    }
  } catch (...) {
    session_.end(net::error_of(std::current_exception()));
  }
  call.reset();
  net::busy_poll_hint();  // whoever has waited for it will ask for the next thing
  if (session_.user) unknown_.reset();
  count_bytes();
  requests_.ended(order);
  changed_.notify_all();
}

// An exception in a request is its own failure.
net::Task<Result<json::Value>> Control::result_of(const CommandSpec& command, ActiveRequest& call,
                                                  json::Value& params) {
  std::exception_ptr thrown;
  try {
    co_return co_await command.run(call, params);
  } catch (...) {
    thrown = std::current_exception();
  }
  Error error = net::error_of(thrown);
  error.where = command.name;
  context_.observer.note(Trouble{error});
  co_return std::unexpected(std::move(error));
}

Result<void> Control::permitted(Permission permission) const {
  if (permission == Permission::anyone) return {};
  if (!session_.hello) return fail(Code::invalid_request, {}, "hello comes first");
  if (permission == Permission::greeted) return {};
  if (!session_.user) return fail(Code::login_required, {}, "a login comes first");
  if (permission == Permission::talk && !(session_.user->talk && context_.config->talk))
    return fail(Code::denied, {}, "you may not talk with others here");
  if (permission != Permission::write || session_.user->write) return {};
  return fail(Code::read_only, {}, "you may only read here; ask whoever runs the server for the right to write");
}

// Returns how many bytes were said.
std::size_t Control::answer(std::optional<std::uint64_t> id, Result<json::Value> result) {
  for (const auto& part : session_.parts) part->before_answer();
  json::Object reply;
  if (id) reply.emplace_back("id", *id);
  if (result) {
    reply.emplace_back("result", std::move(*result));
  } else {
    reply.emplace_back("error", to_json(to_wire(result.error())));
  }
  const std::string text = json::write(reply);
  if (text.size() > limits::frame_after_login)
    return answer(id, fail(Code::too_large, {}, "the answer does not fit a frame"));
  outbox_.push(text);
  return text.size();
}

// While much is unread nothing is begun, so all that is said meanwhile is of this kind, or was begun before.
void Control::answer_at_once(std::uint64_t id, Result<json::Value> result) {
  count_unheard(answer(id, std::move(result)));
}

// Before its command was begun. Nobody waits any more for what would have come along with it.
void Control::refuse(std::uint64_t id, const json::Value& params, Error why) {
  const json::Value* text = params.find("ticket");
  const auto* digits = text ? text->as<std::string>() : nullptr;
  if (const auto ticket = digits ? Ticket::parse(*digits) : fail(Code::not_found, {}, {}); ticket)
    context_.tickets.refuse(*ticket);
  answer_at_once(id, std::unexpected(std::move(why)));
}

void Control::count_unheard(std::size_t bytes) {
  unheard_ = unread() ? unheard_ + bytes : 0;
  if (unheard_ <= unheard_bytes || session_.ending) return;
  const Error error{Code::too_many, {}, {}, "a client has to read the answers to what it asks"};
  answer(std::nullopt, std::unexpected(error));
  session_.end(error);
}

net::Task<Result<void>> Control::close_down() {
  while (!session_.ending && (!draining_ || at_work())) {
    co_await changed_.wait();
    begin_waiting();
    watch_idleness();
  }
  session_.end({Code::shutting_down, {}, {}, "the server is stopping"});
  co_await let_transfers_end();
  stop_transfers(session_, *session_.ending);
  const auto parts = session_.parts;  // one that has not begun goes at once
  for (const auto& part : parts) part->end(*session_.ending);
  for (begin_waiting(); busy(); begin_waiting()) co_await changed_.wait();
  co_await close_parts();
  if (session_.revoked) answer(std::nullopt, std::unexpected(*session_.ending));
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

// Those too that have begun in the meantime.
net::Task<void> Control::close_parts() {
  session_.mount = nullptr;
  const auto parts = std::exchange(session_.parts, {});
  for (const auto& part : parts) co_await part->close(session_.revoked);
}

bool Control::at_work() const {
  return !session_.transfers.empty() ||
         std::ranges::any_of(session_.parts, [](const auto& part) { return part->busy(); });
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

}  // namespace dftp::server
