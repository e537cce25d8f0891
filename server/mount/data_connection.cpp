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
bool is_small(const std::vector<ReceivedMountBlock>& writes) {
  std::size_t bytes = 0;
  for (const auto& [block, memory] : writes) {
    if (block.flags & block_flags::append) return false;
    bytes += block.length;
  }
  return bytes <= small_batch_bytes;
}

// What a request or its answer takes besides its bytes, for as long as it waits here.
constexpr std::size_t bookkeeping_bytes = 256;

std::size_t cost_of(const MountBlock& block, std::size_t count = 0) {
  return bookkeeping_bytes + max_mount_head_bytes + block.length + count;
}

// An exception in one request is its own failure.
template <class Work>
AnswerBlock carefully(std::uint64_t request, Work work) {
  try {
    return work();
  } catch (...) {
    return error_answer(request, net::error_of(std::current_exception()));
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
    answer_at_once(abort_answer(result.error()));
  ended_ = true;
  changed_.notify_all();
  co_return result;
}

Result<void> DataConnection::take(ReceivedMountBlock received) {
  const MountBlock& block = received.block;
  net::busy_poll_hint();
  switch (block.type) {
    case BlockType::read: take_read(block, received.payload()); return {};
    case BlockType::write:
      ++requests_;
      bytes_ += cost_of(block);
      writes_bytes_ += block.length;
      writes_.push_back(std::move(received));
      if (writes_bytes_ >= batch_bytes) flush_writes();
      return {};
    case BlockType::cancel:
      if (const auto found = reads_.find(block.request); found != reads_.end()) *found->second = true;
      return {};
    case BlockType::alive: answer_at_once(alive_answer(block.request)); return {};
    case BlockType::acknowledge: mount_->reply_cache.acknowledge(block.offset); return {};
    default: break;
  }
  return fail(Code::protocol, "block", "of a type that a server sends");
}

void DataConnection::take_read(const MountBlock& block, Bytes payload) {
  const auto count = get_big_endian<std::uint32_t>(payload.data());
  if (count > limits::mount_io_bytes)
    return answer_at_once(error_answer(block.request, {Code::too_large, {}, "count", "more than a block carries"}));
  const std::size_t cost = cost_of(block, count);
  ++requests_;
  bytes_ += cost;
  if (auto there = read_answer_at_once(*mount_, block, count, check_)) {
    --requests_;
    return answer(std::move(*there), cost);
  }
  net::spawn(executor_, carry_out_read(shared_from_this(), block, count));
}

net::Task<void> DataConnection::carry_out_read(std::shared_ptr<DataConnection>, MountBlock block, std::uint32_t count) {
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  reads_[block.request] = cancelled;
  auto read = co_await disk_.run([&] {
    if (*cancelled) return error_answer(block.request, {Code::cancelled, "EINTR", {}, "no longer wanted"});
    return carefully(block.request, [&] { return read_answer(*mount_, block, count, check_); });
  });
  reads_.erase(block.request);
  --requests_;
  answer(std::move(read), cost_of(block, count));
}

void DataConnection::flush_writes() {
  if (writes_.empty()) return;
  writes_bytes_ = 0;
  net::spawn(executor_, carry_out_writes(shared_from_this(), std::exchange(writes_, {})));
}

net::Task<void> DataConnection::carry_out_writes(std::shared_ptr<DataConnection>,
                                                 std::vector<ReceivedMountBlock> writes) {
  const auto work = [&] {
    std::vector<AnswerBlock> answers;
    for (const ReceivedMountBlock& write : writes)
      answers.push_back(carefully(write.block.request, [&] { return write_answer(*mount_, write, check_); }));
    return answers;
  };
  const auto small = [&] { return is_small(writes); };
  auto done = co_await mount_->inline_executor.run(disk_, small, work);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    --requests_;
    answer(std::move(done[i]), cost_of(writes[i].block));
  }
}

void DataConnection::answer_at_once(AnswerBlock block) {
  const std::size_t cost = bookkeeping_bytes + block.size;
  bytes_ += cost;
  answer(std::move(block), cost);
}

void DataConnection::answer(AnswerBlock block, std::size_t cost) {
  answers_.push_back({std::move(block), cost});
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
    Bytes bytes = first.block.bytes();
    if (!answers_.empty() && bytes.size() + answers_.front().block.size <= gather_bytes) {
      gathered.assign(bytes.begin(), bytes.end());
      while (!answers_.empty() && gathered.size() + answers_.front().block.size <= gather_bytes) {
        const Bytes next = answers_.front().block.bytes();
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
