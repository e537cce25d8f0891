#include "proto/transfer/attached_stream.h"

#include "proto/net/frame_channel.h"
#include "proto/wire/limits.h"

namespace dftp {

net::Task<Result<void>> send_attach(net::Stream& stream, const Ticket& ticket) {
  const json::Value frame = to_json(ticket.attach());
  co_return co_await net::write_frame(stream, frame);
}

net::Task<Result<void>> check_attached(net::Stream& stream, const Ticket& ticket) {
  const auto frame = co_await net::read_frame(stream, limits::frame_before_login);
  if (!frame) co_return std::unexpected(frame.error());
  if (const json::Value* error = frame->find("error")) {
    const auto wire = from_json<WireError>(*error, "attach.error");
    if (!wire) co_return std::unexpected(wire.error());
    Error refused = from_wire(*wire);
    // The session that it was for has ended, or the server was started again: a new attempt gets another one.
    if (refused.code == Code::login_failed) refused.code = Code::disconnected;
    co_return std::unexpected(std::move(refused));
  }
  const auto attached = from_json<Attached>(*frame, "attached");
  if (!attached) co_return std::unexpected(attached.error());
  if (!ticket.proves(*attached)) {
    co_return fail(Code::identity, stream.peer(),
                   "a data connection was answered by somebody who does not know its ticket");
  }
  co_return Result<void>();
}

net::Task<Result<std::size_t>> AttachedStream::read_some(MutableBytes out) {
  if (!checked_) {
    if (auto attached = co_await check_attached(*inner_, ticket_); !attached) {
      co_return std::unexpected(std::move(attached.error()));
    }
    checked_ = true;
  }
  co_return co_await inner_->read_some(out);
}

}  // namespace dftp
