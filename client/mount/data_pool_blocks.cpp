// What travels on one data connection.
#include "client/mount/data_pool_detail.h"
#include "proto/digest/tree.h"
#include "proto/net/block_channel.h"
#include "proto/wire/big_endian.h"
#include "proto/wire/error_block.h"
#include "proto/wire/limits.h"
#include "proto/wire/message.h"

namespace dftp::client {
namespace {

// A write of at most so much is sent together with what is before and behind it: a copy takes less than a system call.
constexpr std::size_t gathered_bytes = 64 * 1024;

void append_bytes(std::vector<std::byte>& head, Bytes bytes) {
  head.insert(head.end(), bytes.begin(), bytes.end());
}

void append_acknowledgement(std::vector<std::byte>& head, std::uint64_t acked) {
  std::array<std::byte, block_header_bytes> header;
  encode_mount_block({.type = BlockType::acknowledge, .offset = acked}, header);
  append_bytes(head, header);
}

// A block up to the bytes that a write carries.
void append_head(std::vector<std::byte>& head, MountBlock block, std::uint32_t count, const Buffer* data,
                 bool digests) {
  std::vector<Digest> leaves;
  if (data && digests) {
    leaves.resize(leaf_count(count));
    hash_leaves(data->bytes(), leaves);
    block.flags |= block_flags::digests;
  }
  const std::size_t digest_bytes = leaves.size() * sizeof(Digest);
  block.length = data ? static_cast<std::uint32_t>(digest_bytes + count) : sizeof count;
  std::array<std::byte, max_mount_head_bytes> header;
  encode_mount_block(block, header);
  append_bytes(head, header);
  append_bytes(head, {reinterpret_cast<const std::byte*>(leaves.data()), digest_bytes});
  if (data) return;
  std::array<std::byte, sizeof count> text;
  put_big_endian(count, text.data());
  append_bytes(head, text);
}

Error lost(net::Stream& stream, std::string detail) {
  return {Code::protocol, {}, stream.peer(), std::move(detail)};
}

}  // namespace

// Whether its bytes are sent in one piece with its head.
bool DataPool::goes_along(const PendingIo& job) {
  return job.data && job.data->size() <= gathered_bytes;
}

net::Task<void> DataPool::send_pending(Self self, LanePointer lane) {
  while (!lane->ended) {
    if (lane->outgoing.empty()) {
      co_await lane->to_send.wait();
      continue;
    }
    // In one piece, but for the bytes of a large write, which is the last one then.
    std::vector<PendingIoPointer> jobs;
    std::size_t bytes = 0;
    while (!lane->outgoing.empty() && bytes <= gathered_bytes) {
      const PendingIoPointer job = lane->outgoing.front();
      lane->outgoing.pop_front();
      if (job->data) bytes += job->data->size();
      job->sent = true;
      lane->under_way.emplace(++self->last_request_, job);
      job->block.request = self->last_request_;
      jobs.push_back(job);
    }
    lane->to_receive.notify_all();
    const auto sent = co_await self->send(*lane, jobs);
    if (!sent) self->end(lane);
  }
}

net::Task<Result<void>> DataPool::send(Lane& lane, const std::vector<PendingIoPointer>& jobs) {
  std::vector<std::byte> head;
  for (const PendingIoPointer& job : jobs) {
    if (job->acked > 0) append_acknowledgement(head, job->acked);
    append_head(head, job->block, job->count, job->data.get(), !lane.stream->encrypted());
    if (job->data) bytes_out_ += job->data->size();
    if (goes_along(*job)) append_bytes(head, job->data->bytes());
  }
  const Bytes head_bytes = head;
  auto sent = co_await lane.stream->write(head_bytes);
  if (!sent || !jobs.back()->data || goes_along(*jobs.back())) co_return sent;
  const SharedBuffer data = jobs.back()->data;
  const Bytes body = data->bytes();
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
    if (!lane->stream->has_buffered()) co_await net::yield();
  }
}

net::Task<Result<void>> DataPool::receive(Lane& lane) {
  std::array<std::byte, block_header_bytes> header;
  const MutableBytes header_bytes(header);
  if (auto read = co_await net::read_exactly(*lane.stream, header_bytes); !read) co_return read;
  auto block = decode_mount_block(header);
  if (!block) co_return std::unexpected(block.error());
  std::array<std::byte, sizeof block->number> number;
  const MutableBytes number_bytes(number);
  if (has_number(block->type)) {
    if (auto read = co_await net::read_exactly(*lane.stream, number_bytes); !read) co_return read;
    block->number = get_u64(number);
  }
  if (is_skipped(block->type) || block->type == BlockType::abort) {
    const auto payload = co_await net::read_payload(*lane.stream, block->length);
    if (!payload) co_return std::unexpected(payload.error());
    if (block->type == BlockType::abort) co_return std::unexpected(error_from(*payload));
    co_return Result<void>();
  }
  const auto found = lane.under_way.find(block->request);
  if (found == lane.under_way.end()) co_return std::unexpected(lost(*lane.stream, "an answer to nothing"));
  const PendingIoPointer job = found->second;
  const auto wanted = job->is_write() ? BlockType::written : BlockType::content;
  if (block->type == BlockType::content && wanted == block->type) {
    if (auto data = co_await receive_data(lane, *job, *block); !data) co_return data;
  } else {
    const auto payload = co_await net::read_payload(*lane.stream, block->length);
    if (!payload) co_return std::unexpected(payload.error());
    if (block->type == BlockType::error) {
      finish(job, std::unexpected(error_from(*payload)));
    } else if (block->type == wanted) {
      job->written = {decode_written_attr(Bytes(*payload).first<written_attr_bytes>()), block->offset, block->number};
      finish(job, ReadResult{});
    } else {
      co_return std::unexpected(lost(*lane.stream, "an answer to something else"));
    }
  }
  // It may have been ended meanwhile, and the job be on its way again.
  if (lane.ended) co_return Result<void>();
  lane.under_way.erase(job->block.request);
  lane.bytes -= job->count;
  progress_ = std::chrono::steady_clock::now();
  gave_up_.reset();
  co_return Result<void>();
}

net::Task<Result<void>> DataPool::receive_data(Lane& lane, PendingIo& job, const MountBlock& block) {
  const bool digests = block.flags & block_flags::digests;
  if (!digests && !lane.stream->encrypted() && block.length > 0) {
    co_return std::unexpected(lost(*lane.stream, "bytes without digests"));
  }
  // An MD5 for each leaf that has begun: n bytes in all are those of k leaves and 16 k of digests.
  const std::size_t leaves =
      digests ? (block.length + limits::leaf_bytes + sizeof(Digest) - 1) / (limits::leaf_bytes + sizeof(Digest)) : 0;
  std::vector<Digest> expected(leaves);
  const std::size_t digest_bytes = leaves * sizeof(Digest);
  if (block.length < digest_bytes || block.length - digest_bytes > job.count) {
    co_return std::unexpected(lost(*lane.stream, "more bytes than were asked for"));
  }
  const MutableBytes digest_room(reinterpret_cast<std::byte*>(expected.data()), digest_bytes);
  if (auto read = co_await net::read_exactly(*lane.stream, digest_room); !read) co_return read;
  const auto buffer = std::make_shared<Buffer>(block.length - digest_bytes);
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
  job.result = ReadResult{buffer, block.number};
  job.done.notify_all();
  co_return Result<void>();
}

}  // namespace dftp::client
