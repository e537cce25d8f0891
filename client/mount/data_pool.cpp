#include "client/mount/data_pool.h"

#include <algorithm>

#include "proto/digest/tree.h"
#include "proto/wire/limits.h"
#include "proto/wire/message.h"

namespace dftp::client {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// Of a connection; a long link needs more of them anyway. A request that somebody waits for finds the line short.
constexpr std::size_t bytes_most = 8 * 1024 * 1024;
static_assert(bytes_most <= limits::mount_bytes_in_flight);
constexpr std::size_t requests_most = limits::mount_requests / 2;

Error lost(net::Stream& stream, std::string detail) {
  return {Code::protocol, {}, stream.peer(), std::move(detail)};
}

}  // namespace

struct DataPool::Job {
  explicit Job(net::Executor executor) : done(std::move(executor)) {}

  MountFrame frame;  // without its request number
  std::uint32_t count = 0;
  SharedBuffer data;  // of a write
  Written written;
  std::optional<Result<Fetched>> result;
  Clock::time_point begun = Clock::now();
  net::Signal done;

  bool is_write() const { return frame.type == MountFrameType::write; }
};

// One data connection.
struct DataPool::Lane {
  Lane(net::Executor executor, std::unique_ptr<net::Stream> connected)
      : stream(std::move(connected)), to_send(executor), to_receive(executor) {}

  std::unique_ptr<net::Stream> stream;
  std::deque<JobPointer> outgoing;
  std::map<std::uint64_t, JobPointer> under_way;  // by request number
  std::size_t bytes = 0;                          // of both
  bool ended = false;
  net::Signal to_send, to_receive;

  std::size_t jobs() const { return outgoing.size() + under_way.size(); }
};

DataPool::DataPool(net::Executor executor, net::Duration patience)
    : executor_(executor), patience_(patience), progress_(Clock::now()), lost_(executor) {}

void DataPool::add(std::unique_ptr<net::Stream> stream) {
  stream->expect_bulk();
  stream->set_timeout(patience_);
  const auto lane = std::make_shared<Lane>(executor_, std::move(stream));
  lanes_.push_back(lane);
  net::spawn(executor_, send_jobs(shared_from_this(), lane));
  net::spawn(executor_, receive_answers(shared_from_this(), lane));
  dispatch();
}

void DataPool::disconnect() {
  const auto lanes = lanes_;
  for (const LanePointer& lane : lanes) end(lane);
}

net::Task<void> DataPool::until_lost() {
  co_await lost_.wait();
}

void DataPool::fail_all(const Error& why) {
  disconnect();
  auto jobs = std::exchange(now_, {});
  jobs.insert(jobs.end(), ahead_.begin(), ahead_.end());
  ahead_.clear();
  for (const JobPointer& job : jobs) finish(job, std::unexpected(why));
}

std::size_t DataPool::waiting() const {
  std::size_t count = now_.size() + ahead_.size();
  for (const LanePointer& lane : lanes_) count += lane->jobs();
  return count;
}

net::Task<Result<Fetched>> DataPool::read(std::uint64_t handle, std::uint64_t offset, std::uint32_t count, bool ahead) {
  const auto job = std::make_shared<Job>(executor_);
  job->frame = {.type = MountFrameType::read, .handle = handle, .offset = offset};
  job->count = count;
  submit(job, ahead);
  co_await answered(job);
  co_return std::move(*job->result);
}

net::Task<Result<Written>> DataPool::write(std::uint64_t handle, std::uint64_t offset, SharedBuffer data,
                                           std::optional<std::uint64_t> append_seq) {
  const auto job = std::make_shared<Job>(executor_);
  job->frame = {.type = MountFrameType::write, .handle = handle, .offset = append_seq.value_or(offset)};
  if (append_seq) job->frame.flags = mount_frame_flags::append;
  job->count = static_cast<std::uint32_t>(data->size());
  job->data = std::move(data);
  submit(job, false);
  co_await answered(job);
  if (!*job->result) co_return std::unexpected(std::move(job->result->error()));
  co_return job->written;
}

void DataPool::submit(const JobPointer& job, bool ahead) {
  if (waiting() == 0) progress_ = Clock::now();
  (ahead ? ahead_ : now_).push_back(job);
  if (!watched_) net::spawn(executor_, watch(weak_from_this()));
  watched_ = true;
  dispatch();
}

DataPool::Lane* DataPool::free_lane() const {
  Lane* best = nullptr;
  for (const LanePointer& lane : lanes_) {
    if (lane->jobs() >= requests_most || lane->bytes >= bytes_most) continue;
    if (!best || lane->bytes < best->bytes) best = lane.get();
  }
  return best;
}

void DataPool::dispatch() {
  while (!now_.empty() || !ahead_.empty()) {
    Lane* lane = free_lane();
    if (!lane) return;
    auto& queue = now_.empty() ? ahead_ : now_;
    const JobPointer job = std::move(queue.front());
    queue.pop_front();
    if (job->result) continue;  // given up
    lane->bytes += job->count;
    lane->outgoing.push_back(job);
    lane->to_send.notify_all();
  }
}

net::Task<void> DataPool::answered(JobPointer job) {
  while (!job->result) co_await job->done.wait();
}

void DataPool::finish(const JobPointer& job, Result<Fetched> result) {
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
  lost_.notify_all();
  dispatch();
}

net::Task<void> DataPool::send_jobs(Self self, LanePointer lane) {
  while (!lane->ended) {
    if (lane->outgoing.empty()) {
      co_await lane->to_send.wait();
      continue;
    }
    // Reads in one piece, and one write behind them.
    std::vector<JobPointer> jobs;
    while (!lane->outgoing.empty() && (jobs.empty() || !jobs.back()->is_write())) {
      const JobPointer job = lane->outgoing.front();
      lane->outgoing.pop_front();
      lane->under_way.emplace(++self->last_request_, job);
      job->frame.request = self->last_request_;
      jobs.push_back(job);
    }
    lane->to_receive.notify_all();
    const auto sent = co_await self->send(*lane, jobs);
    if (!sent) self->end(lane);
  }
}

net::Task<Result<void>> DataPool::send(Lane& lane, const std::vector<JobPointer>& jobs) {
  const bool digests = !lane.stream->encrypted();
  Buffer head(jobs.size() * (mount_frame_bytes + sizeof(std::uint32_t)) + limits::leaves_per_block * sizeof(Digest));
  for (const JobPointer& job : jobs) {
    MountFrame frame = job->frame;
    std::vector<Digest> leaves;
    if (job->is_write() && digests) {
      leaves.resize(leaf_count(job->count));
      hash_leaves(job->data->bytes(), leaves);
      frame.flags |= mount_frame_flags::digests;
    }
    const std::size_t digest_bytes = leaves.size() * sizeof(Digest);
    frame.length = job->is_write() ? static_cast<std::uint32_t>(digest_bytes + job->count) : sizeof job->count;
    const std::size_t begin = head.size();
    head.resize(begin + mount_frame_bytes);
    encode_mount_frame(frame,
                       std::span<std::byte, mount_frame_bytes>(head.mutable_bytes().data() + begin, mount_frame_bytes));
    if (job->is_write()) {
      head.append({reinterpret_cast<const std::byte*>(leaves.data()), digest_bytes});
    } else {
      const std::uint32_t count = job->count;
      const std::array<std::byte, 4> text{std::byte(count >> 24), std::byte(count >> 16), std::byte(count >> 8),
                                          std::byte(count)};
      head.append(text);
    }
  }
  const Bytes head_bytes = head.bytes();
  auto sent = co_await lane.stream->write(head_bytes);
  if (!sent || !jobs.back()->is_write()) co_return sent;
  const SharedBuffer data = jobs.back()->data;
  const Bytes body = data->bytes();
  bytes_out_ += body.size();
  co_return co_await lane.stream->write(body);
}

net::Task<void> DataPool::receive_answers(Self self, LanePointer lane) {
  while (!lane->ended) {
    // Silence counts only while an answer is expected.
    if (lane->under_way.empty()) {
      co_await lane->to_receive.wait();
      continue;
    }
    const auto received = co_await self->receive(*lane);
    if (!received) self->end(lane);
    self->dispatch();
  }
}

net::Task<Result<void>> DataPool::receive(Lane& lane) {
  std::array<std::byte, mount_frame_bytes> header;
  const MutableBytes header_bytes(header);
  if (auto read = co_await net::read_exactly(*lane.stream, header_bytes); !read) co_return read;
  const auto frame = decode_mount_frame(header);
  if (!frame) co_return std::unexpected(frame.error());
  const auto found = lane.under_way.find(frame->request);
  if (found == lane.under_way.end()) co_return std::unexpected(lost(*lane.stream, "an answer to nothing"));
  const JobPointer job = found->second;
  const auto wanted = job->is_write() ? MountFrameType::written : MountFrameType::data;
  if (frame->type == MountFrameType::data && wanted == frame->type) {
    if (auto data = co_await receive_data(lane, *job, *frame); !data) co_return data;
  } else {
    std::string text(frame->length, '\0');
    const MutableBytes room(reinterpret_cast<std::byte*>(text.data()), text.size());
    if (auto read = co_await net::read_exactly(*lane.stream, room); !read) co_return read;
    if (frame->type == MountFrameType::failed) {
      const auto value = json::parse(text);
      const auto error = value ? from_json<WireError>(*value, "failed") : std::unexpected(value.error());
      if (!error) co_return std::unexpected(error.error());
      finish(job, std::unexpected(from_wire(*error)));
    } else if (frame->type == wanted) {
      const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
      job->written = {decode_written_attr(std::span<const std::byte, written_attr_bytes>(bytes, written_attr_bytes)),
                      frame->offset, frame->handle};
      finish(job, Fetched{});
    } else {
      co_return std::unexpected(lost(*lane.stream, "an answer to something else"));
    }
  }
  // It may have been ended meanwhile, and the job be on its way again.
  if (lane.ended) co_return Result<void>();
  lane.under_way.erase(job->frame.request);
  lane.bytes -= job->count;
  progress_ = Clock::now();
  co_return Result<void>();
}

net::Task<Result<void>> DataPool::receive_data(Lane& lane, Job& job, const MountFrame& frame) {
  const bool digests = frame.flags & mount_frame_flags::digests;
  if (!digests && !lane.stream->encrypted() && frame.length > 0) {
    co_return std::unexpected(lost(*lane.stream, "bytes without digests"));
  }
  // An MD5 for each leaf that has begun: n bytes in all are those of k leaves and 16 k of digests.
  const std::size_t leaves =
      digests ? (frame.length + limits::leaf_bytes + sizeof(Digest) - 1) / (limits::leaf_bytes + sizeof(Digest)) : 0;
  std::vector<Digest> expected(leaves);
  const std::size_t digest_bytes = leaves * sizeof(Digest);
  if (frame.length < digest_bytes || frame.length - digest_bytes > job.count) {
    co_return std::unexpected(lost(*lane.stream, "more bytes than were asked for"));
  }
  const MutableBytes digest_room(reinterpret_cast<std::byte*>(expected.data()), digest_bytes);
  if (auto read = co_await net::read_exactly(*lane.stream, digest_room); !read) co_return read;
  const auto buffer = std::make_shared<Buffer>(frame.length - digest_bytes);
  buffer->resize(buffer->capacity());
  const MutableBytes room = buffer->mutable_bytes();
  if (auto read = co_await net::read_exactly(*lane.stream, room); !read) co_return read;
  if (digests) {
    std::vector<Digest> actual(leaves);
    hash_leaves(buffer->bytes(), actual);
    if (actual != expected) co_return std::unexpected(lost(*lane.stream, "damaged bytes"));
  }
  bytes_in_ += buffer->size();
  if (job.result) co_return Result<void>();
  job.result = Fetched{buffer, frame.handle};
  job.done.notify_all();
  co_return Result<void>();
}

// Once a second, for as long as there is something to wait for.
net::Task<void> DataPool::watch(std::weak_ptr<DataPool> weak) {
  while (true) {
    co_await net::sleep_for(1s);
    const Self self = weak.lock();
    if (!self) co_return;
    self->expire();
    if (self->waiting() > 0) continue;
    self->watched_ = false;
    co_return;
  }
}

void DataPool::expire() {
  if (patience_ == net::Duration::max()) return;
  const auto now = Clock::now();
  const auto give_up = [&](const JobPointer& job) {
    if (now - std::max(job->begun, progress_) < patience_) return;
    finish(job, fail(Code::timed_out, {}, "the server did not answer in time"));
  };
  for (const auto* queue : {&now_, &ahead_}) std::ranges::for_each(*queue, give_up);
  std::erase_if(now_, [](const JobPointer& job) { return job->result.has_value(); });
  std::erase_if(ahead_, [](const JobPointer& job) { return job->result.has_value(); });
  for (const LanePointer& lane : lanes_) {
    std::ranges::for_each(lane->outgoing, give_up);
    for (const auto& [request, job] : lane->under_way) give_up(job);
  }
}

}  // namespace dftp::client
