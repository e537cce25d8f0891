#include "fuse/read_ahead.h"

#include <algorithm>

namespace dftp::mount {
namespace {

// The kernel sends the pieces of one stream side by side, and they may overtake each other by so much.
constexpr std::uint64_t slack = 2 * 1024 * 1024;

}  // namespace

ReadAhead::Stream* ReadAhead::stream_at(std::uint64_t offset) {
  for (Stream& stream : streams_) {
    // One that was never moved is at 0: a file is mostly read from its beginning.
    const bool fresh = stream.used == 0;
    if (fresh ? offset == 0 : offset + slack >= stream.next && offset <= stream.next + slack) return &stream;
  }
  return nullptr;
}

std::uint64_t ReadAhead::window(std::uint64_t offset, std::uint64_t count, std::uint64_t budget) {
  ++reads_;
  Stream* stream = stream_at(offset);
  if (!stream) {
    for (Stream& other : streams_) other.window /= 2;
    stream = &*std::ranges::min_element(streams_, {}, &Stream::used);
    *stream = {offset + count, 0, reads_};
    return 0;
  }
  // Small steps inside of the slack are no stream: the window grows by what was really passed.
  const bool forward = offset + count > stream->next;
  if (forward) stream->window = std::max(stream->window * 2, first_window);
  stream->window = std::min({stream->window, max, budget});
  stream->next = std::max(stream->next, offset + count);
  stream->used = reads_;
  return stream->window;
}

}  // namespace dftp::mount
