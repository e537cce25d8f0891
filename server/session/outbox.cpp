#include "server/session/outbox.h"

#include <algorithm>

#include "proto/net/failures.h"
#include "proto/wire/frame.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// What must have left within limits::data_idle. The stream's own timeout does not serve: it counts for reads as well,
// and a client may be silent for long.
constexpr std::size_t step = 64 * 1024;
// Short frames that wait behind each other are written together.
constexpr std::size_t gather_bytes = 16 * 1024;

}  // namespace

Outbox::Outbox(net::Stream& stream, net::Executor executor, net::Signal& changed)
    : stream_(stream), changed_(changed), filled_(executor), stalled_(executor, [this] { stream_.close(); }) {}

void Outbox::push(std::string_view json) {
  if (closed_) return;
  frames_.push_back(encode_frame(json));
  waiting_bytes_ += frames_.back().size();
  filled_.notify_all();
}

void Outbox::close() {
  closed_ = true;
  filled_.notify_all();
}

net::Task<Result<void>> Outbox::run() {
  auto writing = net::caught(write_all());
  auto written = co_await std::move(writing);
  closed_ = true;
  frames_.clear();
  waiting_bytes_ = 0;
  running_ = false;
  changed_.notify_all();
  if (!written) stream_.close();
  co_return written;
}

net::Task<Result<void>> Outbox::write_all() {
  Result<void> written;
  while (written) {
    while (frames_.empty() && !closed_) co_await filled_.wait();
    if (frames_.empty()) break;
    std::string frame = std::move(frames_.front());
    frames_.pop_front();
    while (!frames_.empty() && frame.size() + frames_.front().size() <= gather_bytes) {
      frame += frames_.front();
      frames_.pop_front();
    }
    const Bytes bytes = as_bytes(frame);
    written = co_await write(bytes);
    waiting_bytes_ -= frame.size();
    changed_.notify_all();
  }
  co_return written;
}

net::Task<Result<void>> Outbox::write(Bytes frame) {
  while (!frame.empty()) {
    const Bytes piece = frame.first(std::min(step, frame.size()));
    stalled_.begin(net::Direction::write, net::deadline_after(limits::data_idle));
    auto written = co_await stream_.write(piece);
    stalled_.end(net::Direction::write);
    if (!written) co_return written;
    frame = frame.subspan(piece.size());
  }
  co_return Result<void>();
}

}  // namespace dftp::server
