#include "client/mount/data_pool.h"

#include <algorithm>

#include "client/mount/data_pool_detail.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Of a connection; a long link needs more of them anyway. A request that somebody waits for finds the line short.
constexpr std::size_t max_bytes = 8 * 1024 * 1024;
static_assert(max_bytes <= limits::mount_bytes_in_flight);
constexpr std::size_t max_requests = limits::mount_requests / 2;

// Within this time what the kernel asks for is what it has just been refused.
constexpr auto asked_again = 1s;

std::unexpected<Error> silent() {
  return fail(Code::timed_out, {}, "the server did not answer in time");
}

Error unknown_append() {
  return {Code::io, "EIO", {}, "the server was lost before it said whether this was appended"};
}

}  // namespace

DataPool::DataPool(net::Executor executor, net::Duration wait_limit)
    : executor_(executor), wait_limit_(wait_limit), progress_(Clock::now()), lost_(executor) {}

void DataPool::add(std::unique_ptr<net::Stream> stream) {
  stream->expect_bulk();
  stream->set_timeout(wait_limit_);
  const auto lane = std::make_shared<Lane>(executor_, std::move(stream));
  lanes_.push_back(lane);
  down_since_.reset();
  gave_up_.reset();
  progress_ = Clock::now();
  net::spawn(executor_, send_pending(shared_from_this(), lane));
  net::spawn(executor_, receive_answers(shared_from_this(), lane));
  dispatch();
}

void DataPool::disconnect(Clock::time_point since) {
  down_since_ = std::min(since, down_since_.value_or(since));
  const auto lanes = lanes_;
  for (const LanePointer& lane : lanes) end(lane);
}

void DataPool::expect() {
  if (lanes_.empty()) down_since_ = Clock::now();
  gave_up_.reset();
}

net::Task<void> DataPool::until_lost() {
  co_await lost_.wait();
}

void DataPool::fail_all(const Error& why) {
  disconnect(Clock::now());
  auto jobs = std::exchange(now_, {});
  jobs.insert(jobs.end(), ahead_.begin(), ahead_.end());
  ahead_.clear();
  for (const PendingIoPointer& job : jobs) {
    finish(job, std::unexpected(job->is_append() && job->sent ? unknown_append() : why));
  }
}

std::size_t DataPool::waiting() const {
  std::size_t count = now_.size() + ahead_.size();
  for (const LanePointer& lane : lanes_) count += lane->jobs();
  return count;
}

net::Task<Result<ReadResult>> DataPool::read(std::uint64_t handle, std::uint64_t offset, std::uint32_t count,
                                             bool ahead) {
  const auto job = std::make_shared<PendingIo>(executor_);
  job->block = {.type = BlockType::read, .number = handle, .offset = offset};
  job->count = count;
  submit(job, ahead);
  co_await answered(job);
  co_return std::move(*job->result);
}

net::Task<Result<WriteResult>> DataPool::write(std::uint64_t handle, std::uint64_t offset, SharedBuffer data) {
  const auto job = std::make_shared<PendingIo>(executor_);
  job->block = {.type = BlockType::write, .number = handle, .offset = offset};
  job->data = std::move(data);
  co_return co_await carry_out(job);
}

net::Task<Result<WriteResult>> DataPool::append(std::uint64_t handle, SharedBuffer data, AppendSeq seq) {
  const auto job = std::make_shared<PendingIo>(executor_);
  job->block = {.type = BlockType::write, .flags = block_flags::append, .number = handle, .offset = seq.seq};
  job->acked = seq.acked;
  job->data = std::move(data);
  co_return co_await carry_out(job);
}

net::Task<Result<WriteResult>> DataPool::carry_out(PendingIoPointer job) {
  job->count = static_cast<std::uint32_t>(job->data->size());
  submit(job, false);
  co_await answered(job);
  if (!*job->result) co_return std::unexpected(std::move(job->result->error()));
  co_return job->written;
}

void DataPool::submit(const PendingIoPointer& job, bool ahead) {
  if (waiting() == 0) progress_ = Clock::now();
  // The kernel asks once more for what it did not get.
  const bool again = gave_up_ && Clock::now() - *gave_up_ < asked_again;
  if (again || deadline(*job) <= Clock::now()) return finish(job, silent());
  (ahead ? ahead_ : now_).push_back(job);
  if (!watched_) net::spawn(executor_, watch(weak_from_this()));
  watched_ = true;
  dispatch();
}

DataPool::Lane* DataPool::free_lane() const {
  Lane* best = nullptr;
  for (const LanePointer& lane : lanes_) {
    if (lane->jobs() >= max_requests || lane->bytes >= max_bytes) continue;
    if (!best || lane->bytes < best->bytes) best = lane.get();
  }
  return best;
}

void DataPool::dispatch() {
  while (!now_.empty() || !ahead_.empty()) {
    Lane* lane = free_lane();
    if (!lane) return;
    auto& queue = now_.empty() ? ahead_ : now_;
    const PendingIoPointer job = std::move(queue.front());
    queue.pop_front();
    if (job->result) continue;  // given up
    lane->bytes += job->count;
    lane->outgoing.push_back(job);
    lane->to_send.notify_all();
  }
}

net::Task<void> DataPool::answered(PendingIoPointer job) {
  while (!job->result) co_await job->done.wait();
}

void DataPool::finish(const PendingIoPointer& job, Result<ReadResult> result) {
  if (job->result) return;
  job->result = std::move(result);
  job->done.notify_all();
}

void DataPool::end(const LanePointer& lane) {
  if (lane->ended) return;
  lane->ended = true;
  lane->stream->close();
  std::erase(lanes_, lane);
  // In the order in which they were asked for, before everything else.
  for (auto job = lane->outgoing.rbegin(); job != lane->outgoing.rend(); ++job) now_.push_front(*job);
  for (auto job = lane->under_way.rbegin(); job != lane->under_way.rend(); ++job) now_.push_front(job->second);
  lane->outgoing.clear();
  lane->under_way.clear();
  lane->to_send.notify_all();
  lane->to_receive.notify_all();
  if (lanes_.empty() && !down_since_) down_since_ = Clock::now();
  lost_.notify_all();
  dispatch();
}

// For as long as there is something to wait for.
net::Task<void> DataPool::watch(std::weak_ptr<DataPool> weak) {
  auto pause = net::Duration(1s);
  if (const Self self = weak.lock()) pause = std::clamp<net::Duration>(self->wait_limit_ / 8, 20ms, 1s);
  while (true) {
    co_await net::sleep_for(pause);
    const Self self = weak.lock();
    if (!self) co_return;
    self->expire();
    if (self->waiting() > 0) continue;
    self->watched_ = false;
    co_return;
  }
}

Clock::time_point DataPool::deadline(const PendingIo& job) const {
  if (wait_limit_ == net::Duration::max()) return Clock::time_point::max();
  // Who comes late need not wait as long as those before.
  return (down_since_ ? std::min(job.begun, *down_since_) : std::max(job.begun, progress_)) + wait_limit_;
}

void DataPool::expire() {
  if (wait_limit_ == net::Duration::max()) return;
  const auto now = Clock::now();
  const auto give_up = [&](const PendingIoPointer& job) {
    if (now < deadline(*job) || job->result) return;
    gave_up_ = now;
    finish(job, silent());
  };
  // Whoever was told that it failed must not find it done later. The bytes that have left their queue.
  const auto give_up_in = [&](std::deque<PendingIoPointer>& queue) {
    std::ranges::for_each(queue, give_up);
    std::size_t bytes = 0;
    std::erase_if(queue, [&](const PendingIoPointer& job) {
      if (job->result) bytes += job->count;
      return job->result.has_value();
    });
    return bytes;
  };
  give_up_in(now_);
  give_up_in(ahead_);
  for (const LanePointer& lane : lanes_) {
    lane->bytes -= give_up_in(lane->outgoing);
    for (const auto& [request, job] : lane->under_way) give_up(job);
  }
  dispatch();
}

}  // namespace dftp::client
