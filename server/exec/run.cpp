#include "server/exec/run.h"

#include "proto/net/failures.h"
#include "proto/wire/block.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"
#include "server/observe/event.h"
#include "server/session/graceful_close.h"
#include "server/session/tickets.h"
#include "server/session/user_pools.h"

namespace dftp::server {
namespace {

// What the client gets to take in the last words of a command that was killed for its time or its output.
constexpr auto last_words = std::chrono::seconds(10);

std::string status_text(const ExecEnded& ended) {
  if (ended.error) return ended.error->code;
  if (ended.status) return std::to_string(*ended.status);
  return ended.signal ? "signal " + std::to_string(*ended.signal) : "lost";
}

}  // namespace

ExecRun::ExecRun(ControlSession& session, std::shared_ptr<const ExecCommand> command, ProcessPlan plan, Slot slot)
    : session_(session),
      command_(std::move(command)),
      plan_(std::move(plan)),
      slot_(std::move(slot)),
      changed_(session.executor),
      finished_(session.executor),
      room_(plan_.input ? limits::exec_input : 0) {}

void ExecRun::join_session(const Self& self) {
  self->session_.parts.insert(self);
  ++self->session_.commands;
}

void ExecRun::leave_session() {
  session_.parts.erase(shared_from_this());
  --session_.commands;
  session_.changed.notify_all();
}

net::Task<void> ExecRun::watch(Self self) {
  const auto end = Clock::now() + limits::ticket_lifetime;
  while (!self->attached_ && !self->why_ && Clock::now() < end) co_await self->changed_.wait_for(end - Clock::now());
  self->session_.context.tickets.forget(self->ticket);
  if (self->attached_) co_return;
  self->stop({Code::timed_out, {}, {}, "its data connection did not come in time"});
  self->leave_session();
}

net::Task<void> ExecRun::attach(std::unique_ptr<net::Stream> stream, bool) {
  if (attached_ || why_) co_return stream->close();
  const Self self = shared_from_this();
  attached_ = true;
  changed_.notify_all();
  blocks_ = std::make_unique<ExecBlocks>(std::move(stream), session_.executor);
  const auto begun = co_await begin();
  if (begun) {
    co_await until_ended();
  } else {
    ended_.error = to_wire(begun.error());
  }
  if (why_) ended_ = {.status = {}, .signal = {}, .error = to_wire(*why_)};
  over_ = true;
  finished_.notify_all();
  co_await say_end();
  co_await let_tasks_end();
  session_.context.observer.note(
      CommandEnded{.session = session_.number,
                   .user = session_.user->user,
                   .peer = plan_.peer,
                   .name = command_->name,
                   .status = status_text(ended_),
                   .input = received_,
                   .output = written_,
                   .duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun_)});
  leave_session();
}

net::Task<Result<void>> ExecRun::begin() {
  auto process = co_await session_.pools->disk.run([&] { return start_process(plan_); });
  if (!process) co_return std::unexpected(process.error());
  const net::Executor executor = session_.executor;
  keeper_ = process->keeper;
  control_.emplace(executor, std::move(process->control));
  output_.emplace(executor, std::move(process->output));
  errors_.emplace(executor, std::move(process->errors));
  if (process->input) input_.emplace(executor, std::move(process->input));
  if (why_) control_->finish();
  co_return Result<void>();
}

void ExecRun::start_tasks() {
  const auto start = [this](net::Task<void> task) {
    ++tasks_;
    net::spawn(session_.executor, counted(shared_from_this(), std::move(task)));
  };
  pumping_ = 2;
  start(pump(*output_, BlockType::output));
  start(pump(*errors_, BlockType::errors));
  start(receive());
  if (input_) start(feed());
  start(keep_alive());
  start(keep_time());
  start(await_keeper());
}

net::Task<void> ExecRun::counted(Self self, net::Task<void> task) {
  std::exception_ptr thrown;
  try {
    co_await std::move(task);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) self->drop(net::error_of(thrown));
  --self->tasks_;
  self->changed_.notify_all();
}

net::Task<void> ExecRun::until_ended() {
  start_tasks();
  while (pumping_ > 0 || !keeper_ended_) co_await changed_.wait();
}

net::Task<void> ExecRun::say_end() {
  const std::string text = json::write(to_json(ended_));
  const Bytes payload = as_bytes(text);
  auto sent = co_await blocks_->send(BlockType::ended, payload);
  if (sent) co_await blocks_->stream().finish();
}

// The client closes first, or its last words on the way here would take ours back.
net::Task<void> ExecRun::let_tasks_end() {
  const auto deadline = Clock::now() + std::chrono::seconds(1);
  if (input_) input_->close();
  if (tasks_ == 0) {  // it never began, and nobody reads what the client sends
    blocks_->stream().set_read_deadline(deadline);
    co_await drain_stream(blocks_->stream());
  }
  while (tasks_ > 0 && Clock::now() < deadline) co_await changed_.wait_for(deadline - Clock::now());
  blocks_->stream().close();
  while (tasks_ > 0) co_await changed_.wait();
}

net::Task<void> ExecRun::pump(net::Pipe& from, BlockType as) {
  std::vector<std::byte> buffer(limits::exec_payload);
  const MutableBytes room = buffer;
  for (;;) {
    const auto got = co_await from.read_some(room);
    if (!got || *got == 0) break;
    const auto allowed = std::min<std::uint64_t>(*got, command_->output_limit - written_);
    written_ += allowed;
    const Bytes payload = Bytes(buffer).first(allowed);
    auto sent = co_await blocks_->send(as, payload);
    if (!sent) drop(sent.error());
    if (allowed < *got) {
      stop({Code::too_large,
            {},
            command_->name,
            "it wrote more than the " + std::to_string(command_->output_limit) + " bytes that it may, and was killed"});
    }
    if (!sent || allowed < *got) break;
  }
  from.close();
  --pumping_;
}

net::Task<void> ExecRun::receive() {
  for (;;) {
    auto block = co_await blocks_->next();
    auto taken = block ? take(std::move(*block)) : std::unexpected(block.error());
    if (taken) continue;
    const bool breach = taken.error().code == Code::protocol || taken.error().code == Code::too_large;
    if (breach) stop(taken.error());
    if (!breach && !over_) drop(taken.error());
    co_return;
  }
}

Result<void> ExecRun::take(ExecBlock block) {
  if (block.type != BlockType::input) return fail(Code::protocol, "block", "of a type that a server sends");
  if (!plan_.input) return fail(Code::protocol, "block", "input that was not announced");
  if (input_ended_) return fail(Code::protocol, "block", "input after its end");
  if (block.payload.size() > room_ - received_)
    return fail(Code::protocol, "block", "more input than there is room for");
  received_ += block.payload.size();
  input_ended_ = block.payload.empty();
  if (!input_refused_ && !input_ended_) keep(std::move(block.payload));
  changed_.notify_all();
  return {};
}

// Together: a piece of its own takes many times as much as a byte.
void ExecRun::keep(std::vector<std::byte> piece) {
  const bool fits = !to_feed_.empty() && to_feed_.back().size() + piece.size() <= limits::exec_payload;
  if (!fits) return to_feed_.push_back(std::move(piece));
  to_feed_.back().insert(to_feed_.back().end(), piece.begin(), piece.end());
}

net::Task<void> ExecRun::feed() {
  while (!over_ && !input_refused_) {
    if (to_feed_.empty() && input_ended_) break;
    if (to_feed_.empty()) {
      co_await changed_.wait();
      continue;
    }
    const std::vector<std::byte> piece = std::move(to_feed_.front());
    to_feed_.pop_front();
    const Bytes bytes = piece;
    auto written = co_await input_->write(bytes);
    if (written) written = co_await grant_room(piece.size());
    // A command need not read all that it is given.
    if (!written) input_refused_ = true;
  }
  to_feed_.clear();
  input_->close();
}

net::Task<Result<void>> ExecRun::grant_room(std::size_t consumed) {
  fed_ += consumed;
  const std::uint64_t room = fed_ + limits::exec_input;
  if (room - room_ < limits::exec_input / 2) co_return Result<void>();
  room_ = room;
  std::array<std::byte, 8> payload;
  put_u64(room_, payload);
  const Bytes bytes = payload;
  co_return co_await blocks_->send(BlockType::room, bytes);
}

net::Task<void> ExecRun::keep_alive() {
  while (!over_) {
    const net::Duration pause = limits::alive_interval;
    const bool finished = co_await finished_.wait_for(pause);
    if (finished || over_) continue;
    const Bytes nothing;
    auto sent = co_await blocks_->send(BlockType::alive, nothing);
    if (!sent) co_return drop(sent.error());
  }
}

net::Task<void> ExecRun::keep_time() {
  const auto end = Clock::now() + command_->timeout;
  while (!over_ && Clock::now() < end) co_await finished_.wait_for(end - Clock::now());
  if (over_) co_return;
  blocks_->stream().set_timeout(last_words);
  stop({Code::timed_out,
        {},
        command_->name,
        "it ran for longer than the " + std::to_string(command_->timeout.count()) + " s that it may, and was killed"});
}

net::Task<void> ExecRun::await_keeper() {
  std::string text;
  std::array<std::byte, 4096> buffer;
  const MutableBytes room = buffer;
  for (;;) {
    const auto got = co_await control_->read_some(room);
    if (!got || *got == 0) break;
    text += as_text(Bytes(buffer).first(*got));
  }
  const auto value = text.size() > frame_header_bytes ? json::parse(std::string_view(text).substr(frame_header_bytes))
                                                      : Result<json::Value>(json::Value());
  const auto ended = value ? from_json<ExecEnded>(*value, "keeper") : std::unexpected(value.error());
  if (ended) {
    ended_ = *ended;
  } else {
    // It was killed, and no longer keeps the command from holding on to its outputs.
    output_->close();
    errors_->close();
    stop({Code::io, {}, command_->name, "its keeper was killed"});
  }
  const int keeper = keeper_;
  co_await session_.pools->disk.run([keeper] { return wait_for_keeper(keeper), true; });
  keeper_ended_ = true;
}

Result<ExecEnded> ExecRun::outcome() const {
  if (why_) return std::unexpected(*why_);
  if (ended_.error) return std::unexpected(from_wire(*ended_.error));
  return ended_;
}

void ExecRun::stop(Error why) {
  if (!why_ && !over_) why_ = std::move(why);
  if (control_) control_->finish();
  changed_.notify_all();
}

void ExecRun::drop(Error why) {
  stop(std::move(why));
  if (blocks_) blocks_->stream().close();
}

}  // namespace dftp::server
