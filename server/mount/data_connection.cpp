#include "server/mount/data_connection.h"

#include <algorithm>

#include "proto/net/failures.h"
#include "proto/wire/big_endian.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

// Small answers that wait side by side are written together.
constexpr std::size_t gather_bytes = 64 * 1024;
// Writes that have arrived together are handed to a disk thread together, up to so many bytes.
constexpr std::size_t batch_bytes = 1024 * 1024;
// So little is written as soon as handed to another thread.
constexpr std::size_t small_batch_bytes = 64 * 1024;
// What may wait in a connection in any case: it would not go on otherwise.
constexpr std::size_t poor_bytes = 256 * 1024;

// An append may wait for itself, when it was sent twice.
bool is_small(const std::vector<ReceivedFrame>& writes) {
  std::size_t bytes = 0;
  for (const auto& [frame, memory] : writes) {
    if (frame.flags & mount_frame_flags::append) return false;
    bytes += frame.length;
  }
  return bytes <= small_batch_bytes;
}

// What a request or its answer takes besides its bytes, for as long as it waits here.
constexpr std::size_t bookkeeping_bytes = 256;

std::size_t cost_of(const MountFrame& frame, std::size_t count = 0) {
  return bookkeeping_bytes + mount_frame_bytes + frame.length + count;
}

// An exception in one request is its own failure.
template <class Work>
AnswerFrame carefully(std::uint64_t request, Work work) {
  try {
    return work();
  } catch (...) {
    return failed_frame(request, net::error_of(std::current_exception()));
  }
}

}  // namespace

DataConnection::DataConnection(net::DiskPool& disk, net::Executor executor, std::shared_ptr<MountState> mount,
                               std::unique_ptr<net::Stream> stream)
    : disk_(disk),
      executor_(executor),
      mount_(std::move(mount)),
      stream_(std::move(stream)),
      check_(stream_->encrypted() || stream_->credentials() ? Check::none : Check::digests),
      reader_(*stream_),
      changed_(executor) {
  if (mount_->terms.account) budget_ = mount_->terms.account->meter(Counted::queued_bytes);
}

net::Task<void> DataConnection::run() {
  stream_->expect_bulk();
  stream_->set_timeout(limits::data_idle);
  auto working = net::both(read_requests(), write_answers());
  co_await std::move(working);
  stream_->close();
}

void DataConnection::close() {
  broken_ = true;
  stream_->close();
  changed_.notify_all();
}

// Where the user's connections have too much waiting together, each goes on with a little.
bool DataConnection::full() {
  budget_.set(bytes_);
  const std::size_t max = budget_.over() ? poor_bytes : limits::mount_bytes_in_flight;
  return requests_ >= limits::mount_requests || bytes_ >= max;
}

net::Task<Result<void>> DataConnection::take_requests() {
  Result<void> result;
  while (result && !broken_) {
    if (!reader_.has_next()) {
      flush_writes();
      co_await net::yield();
    }
    while (full() && !broken_) {
      flush_writes();
      // Small ones are done by now.
      if (full()) co_await changed_.wait();
    }
    auto received = co_await reader_.next();
    if (received) {
      result = take(std::move(*received));
    } else {
      result = std::unexpected(received.error());
    }
  }
  flush_writes();
  co_return result;
}

net::Task<Result<void>> DataConnection::read_requests() {
  auto taking = net::caught(take_requests());
  auto result = co_await std::move(taking);
  // Nobody would know by what it said that it was wrong, otherwise.
  if (!result && (result.error().code == Code::protocol || result.error().code == Code::too_large))
    answer_at_once(failed_frame(0, result.error()));
  ended_ = true;
  changed_.notify_all();
  co_return result;
}

Result<void> DataConnection::take(ReceivedFrame received) {
  const MountFrame& frame = received.frame;
  net::busy_poll_hint();
  switch (frame.type) {
    case MountFrameType::read: take_read(frame, received.payload()); return {};
    case MountFrameType::write:
      ++requests_;
      bytes_ += cost_of(frame);
      writes_bytes_ += frame.length;
      writes_.push_back(std::move(received));
      if (writes_bytes_ >= batch_bytes) flush_writes();
      return {};
    case MountFrameType::cancel:
      if (const auto found = reads_.find(frame.request); found != reads_.end()) *found->second = true;
      return {};
    case MountFrameType::alive: answer_at_once(alive_frame(frame.request)); return {};
    case MountFrameType::acknowledge: mount_->reply_cache.acknowledge(frame.offset); return {};
    case MountFrameType::data:
    case MountFrameType::written:
    case MountFrameType::failed: break;
  }
  return fail(Code::protocol, "frame", "of a type that a server sends");
}

void DataConnection::take_read(const MountFrame& frame, Bytes payload) {
  const auto count = get_big_endian<std::uint32_t>(payload.data());
  if (count > limits::mount_io_bytes)
    return answer_at_once(failed_frame(frame.request, {Code::too_large, {}, "count", "more than a frame carries"}));
  const std::size_t cost = cost_of(frame, count);
  ++requests_;
  bytes_ += cost;
  if (auto there = read_frame_at_once(*mount_, frame, count, check_)) {
    --requests_;
    return answer(std::move(*there), cost);
  }
  net::spawn(executor_, carry_out_read(shared_from_this(), frame, count));
}

net::Task<void> DataConnection::carry_out_read(std::shared_ptr<DataConnection>, MountFrame frame, std::uint32_t count) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  reads_[frame.request] = cancelled;
  auto read = co_await disk_.run([&] {
    if (*cancelled) return failed_frame(frame.request, {Code::cancelled, "EINTR", {}, "no longer wanted"});
    return carefully(frame.request, [&] { return read_frame(*mount_, frame, count, check_); });
  });
  reads_.erase(frame.request);
  --requests_;
  answer(std::move(read), cost_of(frame, count));
}

void DataConnection::flush_writes() {
  if (writes_.empty()) return;
  writes_bytes_ = 0;
  net::spawn(executor_, carry_out_writes(shared_from_this(), std::exchange(writes_, {})));
}

net::Task<void> DataConnection::carry_out_writes(std::shared_ptr<DataConnection>, std::vector<ReceivedFrame> writes) {
  const auto work = [&] {
    std::vector<AnswerFrame> answers;
    for (const ReceivedFrame& write : writes)
      answers.push_back(carefully(write.frame.request, [&] { return write_frame(*mount_, write, check_); }));
    return answers;
  };
  const auto small = [&] { return is_small(writes); };
  auto done = co_await mount_->inline_executor.run(disk_, small, work);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    --requests_;
    answer(std::move(done[i]), cost_of(writes[i].frame));
  }
}

void DataConnection::answer_at_once(AnswerFrame frame) {
  const std::size_t cost = bookkeeping_bytes + frame.size;
  bytes_ += cost;
  answer(std::move(frame), cost);
}

void DataConnection::answer(AnswerFrame frame, std::size_t cost) {
  answers_.push_back({std::move(frame), cost});
  changed_.notify_all();
  net::busy_poll_hint();
}

net::Task<Result<void>> DataConnection::write_answers() {
  auto writing = net::caught(write_until_done());
  auto written = co_await std::move(writing);
  broken_ = true;
  stream_->close();
  changed_.notify_all();
  co_return written;
}

net::Task<Result<void>> DataConnection::write_until_done() {
  std::vector<std::byte> gathered;
  Result<void> written;
  for (;;) {
    while (answers_.empty() && !done()) co_await changed_.wait();
    if (answers_.empty()) break;
    Answer first = std::move(answers_.front());
    answers_.pop_front();
    std::size_t cost = first.cost;
    Bytes bytes = first.frame.bytes();
    if (!answers_.empty() && bytes.size() + answers_.front().frame.size <= gather_bytes) {
      gathered.assign(bytes.begin(), bytes.end());
      while (!answers_.empty() && gathered.size() + answers_.front().frame.size <= gather_bytes) {
        const Bytes next = answers_.front().frame.bytes();
        gathered.insert(gathered.end(), next.begin(), next.end());
        cost += answers_.front().cost;
        answers_.pop_front();
      }
      bytes = gathered;
    }
    if (!broken_) written = co_await stream_->write(bytes);
    bytes_ -= cost;
    if (!written && !broken_) {
      broken_ = true;
      stream_->close();
    }
    changed_.notify_all();
  }
  co_return written;
}

}  // namespace dftp::server
