// What travels on one data connection.
#include "client/mount/data_pool_detail.h"
#include "proto/digest/tree.h"
#include "proto/wire/limits.h"
#include "proto/wire/message.h"

namespace dftp::client {
namespace {

Error lost(net::Stream& stream, std::string detail) {
  return {Code::protocol, {}, stream.peer(), std::move(detail)};
}

}  // namespace

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
  progress_ = std::chrono::steady_clock::now();
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

}  // namespace dftp::client
