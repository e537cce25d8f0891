#include "server/mount/file_io.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "proto/digest/tree.h"
#include "proto/storage/content.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// To hash so much takes no longer than to hand it to another thread.
constexpr std::uint32_t hashed_at_once = 16 * 1024;

// A frame with room for a payload that is filled in later.
class Draft {
 public:
  explicit Draft(std::size_t payload)
      : memory_(std::make_unique_for_overwrite<std::byte[]>(mount_frame_bytes + payload)), payload_(payload) {}
  MutableBytes payload() { return {memory_.get() + mount_frame_bytes, payload_}; }
  AnswerFrame finish(MountFrame frame, std::size_t used) {
    frame.length = static_cast<std::uint32_t>(used);
    encode_mount_frame(frame, std::span<std::byte, mount_frame_bytes>(memory_.get(), mount_frame_bytes));
    return {std::move(memory_), mount_frame_bytes + used};
  }

 private:
  std::unique_ptr<std::byte[]> memory_;
  std::size_t payload_;
};

// The answer to a read: what was read, behind its digests where it has some.
class ReadDraft {
 public:
  // `at`: the last event before it is read.
  ReadDraft(std::uint32_t count, Check check, std::uint64_t at)
      : at_(at), room_(check == Check::digests ? leaf_count(count) * sizeof(Digest) : 0), draft_(room_ + count) {}
  MutableBytes content() { return draft_.payload().subspan(room_); }
  AnswerFrame finish(const MountFrame& request, std::size_t got) {
    MountFrame header{
        .type = MountFrameType::data, .request = request.request, .handle = at_, .offset = request.offset};
    if (room_ == 0 || got == 0) return draft_.finish(header, got);
    std::vector<Digest> leaves(leaf_count(got));
    hash_leaves(content().first(got), leaves);
    const std::size_t used = leaves.size() * sizeof(Digest);
    // The file ended early: fewer digests stand before it.
    if (used < room_) std::memmove(draft_.payload().data() + used, content().data(), got);
    std::memcpy(draft_.payload().data(), leaves.data(), used);
    header.flags = mount_frame_flags::digests;
    return draft_.finish(header, used + got);
  }

 private:
  const std::uint64_t at_;
  const std::size_t room_;
  Draft draft_;
};

std::string where_of(const MountFrame& frame) {
  return "handle " + std::to_string(frame.handle);
}

Result<std::shared_ptr<Handle>> readable(MountState& mount, const MountFrame& frame) {
  auto handle = mount.handles.find(frame.handle);
  if (handle && !(*handle)->reads()) return fail_errno(EBADF, where_of(frame));
  return handle;
}

// What a write carries, after its digests.
Result<Bytes> content_of(const ReceivedFrame& received, Check check) {
  const Bytes payload = received.payload();
  const bool has = (received.frame.flags & mount_frame_flags::digests) != 0;
  if (check == Check::digests && !has)
    return fail(Code::invalid_request, where_of(received.frame), "digests are needed without TLS");
  if (!has) {
    if (payload.size() <= limits::mount_io_bytes) return payload;
    return fail(Code::too_large, where_of(received.frame), "more than a frame carries");
  }
  // As many leaves as there are bytes for, each with its digest.
  constexpr std::size_t whole = limits::leaf_bytes + sizeof(Digest);
  const std::size_t leaves = (payload.size() + whole - 1) / whole;
  if (payload.size() < leaves * sizeof(Digest))
    return fail(Code::invalid_request, where_of(received.frame), "a part of a digest");
  const Bytes content = payload.subspan(leaves * sizeof(Digest));
  std::vector<Digest> own(leaf_count(content.size()));
  if (!content.empty()) hash_leaves(content, own);
  if (content.empty() || std::memcmp(own.data(), payload.data(), own.size() * sizeof(Digest)) == 0) return content;
  return fail(Code::integrity, where_of(received.frame), "damaged on the way");
}

int write_all(int file, Bytes content, std::uint64_t offset) {
  while (!content.empty()) {
    const ssize_t put =
        uninterrupted([&] { return ::pwrite(file, content.data(), content.size(), static_cast<off_t>(offset)); });
    if (put < 0) return -1;
    content = content.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return 0;
}

// At the end of the file, wherever that is by then; says where.
int append_all(Handle& handle, Bytes content, std::uint64_t& offset) {
  const std::lock_guard lock(handle.position);
  std::size_t done = 0;
  while (done < content.size()) {
    const Bytes rest = content.subspan(done);
    const iovec part{const_cast<std::byte*>(rest.data()), rest.size()};
    const ssize_t put = uninterrupted([&] { return ::pwritev2(handle.file->number(), &part, 1, -1, RWF_APPEND); });
    if (put < 0) return -1;
    done += static_cast<std::size_t>(put);
  }
  const off_t end = ::lseek(handle.file->number(), 0, SEEK_CUR);
  offset = static_cast<std::uint64_t>(end) - content.size();
  return 0;
}

Result<AnswerFrame> write_content(MountState& mount, const MountFrame& frame, Bytes content) {
  auto found = mount.handles.find(frame.handle);
  if (!found) return std::unexpected(found.error());
  Handle& handle = **found;
  if (!handle.writes()) return fail_errno(EBADF, where_of(frame));
  const bool append = (frame.flags & mount_frame_flags::append) != 0;
  std::uint64_t offset = frame.offset;
  if (!append) {
    if (auto valid = content::check_range(offset, content.size(), where_of(frame)); !valid)
      return fail_errno(EFBIG, where_of(frame));
  }
  ScopedChange change(mount, handle.node, handle.file->number());
  const bool may_have_set_ids = !change.before() || (change.before()->mode & set_id_bits);
  const int written = acting_as(handle.opener, [&] {
    const WithoutSetIds ordinary(may_have_set_ids);
    return append ? append_all(handle, content, offset) : write_all(handle.file->number(), content, offset);
  });
  const int error = errno;
  const std::uint64_t at = mount.events.next();
  const auto now = mount.attr_of(handle.file->number());
  if (now) change.done(*now);
  mount.broadcast(
      {.key = handle.key, .what = {fs::What::attr, fs::What::data}, .now = now ? std::optional(*now) : std::nullopt});
  if (written != 0) return fail_errno(error, where_of(frame));
  if (!now) return std::unexpected(now.error());
  Draft answer(written_attr_bytes);
  encode_written_attr({now->size, now->blocks, now->mtime, now->ctime, now->mode},
                      answer.payload().first<written_attr_bytes>());
  return answer.finish({.type = MountFrameType::written, .request = frame.request, .handle = at, .offset = offset},
                       written_attr_bytes);
}

// Of an append that is sent again while the first one is carried out.
Result<ReplyCache::Begun> begin_append(MountState& mount, const MountFrame& frame, Bytes content) {
  const std::string kind = "append " + std::to_string(frame.handle) + " " + std::to_string(content.size());
  for (;;) {
    auto begun = mount.reply_cache.begin(frame.offset, 0, kind);
    if (!begun || begun->state != ReplyCache::State::running) return begun;
    std::this_thread::sleep_for(2ms);
  }
}

}  // namespace

AnswerFrame failed_frame(std::uint64_t request, const Error& error) {
  const std::string text = json::write(to_json(to_wire(error)));
  Draft answer(text.size());
  std::ranges::copy(as_bytes(text), answer.payload().begin());
  return answer.finish({.type = MountFrameType::failed, .request = request}, text.size());
}

AnswerFrame kept_frame(std::uint64_t request, std::string_view kept) {
  const Error none{Code::io, {}, "seq", "a kept answer is none"};
  if (kept.size() < mount_frame_bytes) return failed_frame(request, none);
  auto frame = decode_mount_frame(as_bytes(kept).first<mount_frame_bytes>());
  if (!frame || frame->length != kept.size() - mount_frame_bytes) return failed_frame(request, none);
  Draft answer(frame->length);
  std::ranges::copy(as_bytes(kept).subspan(mount_frame_bytes), answer.payload().begin());
  frame->request = request;
  return answer.finish(*frame, frame->length);
}

AnswerFrame alive_frame(std::uint64_t request) {
  return Draft(0).finish({.type = MountFrameType::alive, .request = request}, 0);
}

std::optional<AnswerFrame> read_frame_at_once(MountState& mount, const MountFrame& frame, std::uint32_t count,
                                              Check check) {
  if (check == Check::digests && count > hashed_at_once) return std::nullopt;
  const auto handle = readable(mount, frame);
  if (!handle) return failed_frame(frame.request, handle.error());
  ReadDraft answer(count, check, mount.events.last());
  const std::size_t got = content::read_cached((*handle)->file->number(), frame.offset, answer.content());
  if (got < count) {
    // Less than that: the file ends there, or the rest is on the disk.
    const auto now = stat_at((*handle)->file->number());
    if (!now || frame.offset + got < now->attr.size) return std::nullopt;
  }
  return answer.finish(frame, got);
}

AnswerFrame read_frame(MountState& mount, const MountFrame& frame, std::uint32_t count, Check check) {
  const auto handle = readable(mount, frame);
  if (!handle) return failed_frame(frame.request, handle.error());
  ReadDraft answer(count, check, mount.events.last());
  const auto got = content::read((*handle)->file->number(), frame.offset, answer.content(), where_of(frame));
  if (!got) return failed_frame(frame.request, got.error());
  return answer.finish(frame, *got);
}

AnswerFrame write_frame(MountState& mount, const ReceivedFrame& received, Check check) {
  const MountFrame& frame = received.frame;
  const auto content = content_of(received, check);
  if (!content) return failed_frame(frame.request, content.error());
  const bool append = (frame.flags & mount_frame_flags::append) != 0;
  if (append) {
    const auto begun = begin_append(mount, frame, *content);
    if (!begun) return failed_frame(frame.request, begun.error());
    if (begun->state == ReplyCache::State::done) return kept_frame(frame.request, begun->reply);
  }
  auto written = write_content(mount, frame, *content);
  AnswerFrame answer = written ? std::move(*written) : failed_frame(frame.request, written.error());
  if (append) mount.reply_cache.finish(frame.offset, std::string(as_text(answer.bytes())));
  return answer;
}

}  // namespace dftp::server
