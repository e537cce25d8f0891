#include "client/remote_command.h"

#include "proto/transfer/attached_stream.h"
#include "proto/wire/block.h"
#include "proto/wire/limits.h"

namespace dftp::client {

RemoteCommand::RemoteCommand(net::Executor executor, std::unique_ptr<net::Stream> stream, bool input,
                             std::shared_ptr<CommandEnds> ends)
    : executor_(executor),
      blocks_(std::move(stream), executor),
      ends_(std::move(ends)),
      input_(input),
      changed_(executor),
      finished_(executor),
      room_(limits::exec_input) {}

net::Task<Result<std::shared_ptr<RemoteCommand>>> RemoteCommand::begin(net::Executor executor, Connection& connection,
                                                                       const Exec& request,
                                                                       std::shared_ptr<CommandEnds> ends) {
  std::shared_ptr<Running> running;
  const auto begun = co_await connection.begin(request, running);
  if (!begun) co_return std::unexpected(begun.error());
  if (begun->tickets.size() != 1) co_return fail(Code::protocol, "exec", "the server's answer is wrong: no ticket");
  const auto ticket = Ticket::parse(begun->tickets.front());
  if (!ticket) co_return std::unexpected(ticket.error());
  auto stream = co_await connection.open_data(request.plain);
  if (!stream) running->cancel();
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  (*stream)->set_timeout(limits::data_idle);
  auto attached = co_await send_attach(**stream, *ticket);
  if (attached) attached = co_await check_attached(**stream, *ticket);
  if (!attached) co_return std::unexpected(attached.error());
  co_return std::shared_ptr<RemoteCommand>(new RemoteCommand(executor, std::move(*stream), request.input, ends));
}

net::Task<Result<ExecEnded>> RemoteCommand::run() {
  const Self self = shared_from_this();
  if (input_) net::spawn(executor_, feed(self));
  net::spawn(executor_, keep_alive(self));
  auto ended = co_await receive();
  over_ = true;
  changed_.notify_all();
  finished_.notify_all();
  if (ended) co_await blocks_.stream().finish();
  blocks_.stream().close();
  if (failed_) co_return std::unexpected(*failed_);
  co_return ended;
}

void RemoteCommand::stop() {
  blocks_.stream().close();
}

net::Task<Result<ExecEnded>> RemoteCommand::receive() {
  for (;;) {
    const auto block = co_await blocks_.next();
    if (!block) co_return std::unexpected(block.error());
    const Bytes payload = block->payload;
    switch (block->type) {
      case BlockType::output:
      case BlockType::errors: {
        auto put = co_await ends_->put(block->type, payload);
        if (!put) failed_ = put.error();
        if (!put) co_return std::unexpected(put.error());
        break;
      }
      case BlockType::room:
        room_ = get_u64(payload.first<8>());
        changed_.notify_all();
        break;
      case BlockType::ended: {
        const auto value = json::parse(as_text(payload));
        if (!value) co_return std::unexpected(value.error());
        co_return read_from<ExecEnded>("the server", *value, "ended");
      }
      default:
        co_return fail(Code::protocol, "the server", "broke the protocol: a block of a type that a client sends");
    }
  }
}

net::Task<void> RemoteCommand::feed(Self self) {
  for (bool more = true; more && !self->over_;) {
    const auto piece = co_await self->ends_->take();
    if (!piece) {
      self->failed_ = piece.error();
      co_return self->stop();
    }
    more = !piece->empty();
    Bytes rest = *piece;
    do {
      while (!self->over_ && more && self->room_ <= self->sent_) co_await self->changed_.wait();
      if (self->over_) co_return;
      const Bytes part = rest.first(std::min<std::size_t>(rest.size(), self->room_ - self->sent_));
      self->sent_ += part.size();
      auto sent = co_await self->blocks_.send(BlockType::input, part);
      if (!sent) co_return;
      rest = rest.subspan(part.size());
    } while (!rest.empty());
  }
}

net::Task<void> RemoteCommand::keep_alive(Self self) {
  while (!self->over_) {
    const net::Duration pause = limits::alive_interval;
    const bool finished = co_await self->finished_.wait_for(pause);
    if (finished || self->over_) continue;
    const Bytes nothing;
    auto sent = co_await self->blocks_.send(BlockType::alive, nothing);
    if (!sent) co_return;
  }
}

}  // namespace dftp::client
