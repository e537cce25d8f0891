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
#include "proto/wire/error_block.h"
#include "proto/wire/limits.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// To hash so much takes no longer than to hand it to another thread.
constexpr std::uint32_t hashed_at_once = 16 * 1024;

// A block with room for a payload that is filled in later.
class Draft {
 public:
  Draft(BlockType type, std::size_t payload)
      : type_(type),
        memory_(std::make_unique_for_overwrite<std::byte[]>(mount_head_bytes(type) + payload)),
        payload_(payload) {}
  MutableBytes payload() { return {memory_.get() + mount_head_bytes(type_), payload_}; }
  // `block` is without type and length.
  AnswerBlock finish(MountBlock block, std::size_t used) {
    block.type = type_;
    block.length = static_cast<std::uint32_t>(used);
    const std::size_t head = mount_head_bytes(type_);
    encode_mount_block(block, MutableBytes(memory_.get(), head));
    return {std::move(memory_), head + used};
  }

 private:
  const BlockType type_;
  std::unique_ptr<std::byte[]> memory_;
  std::size_t payload_;
};

// The answer to a read: what was read, behind its digests where it has some.
class ReadDraft {
 public:
  // `at`: the last event before it is read.
  ReadDraft(std::uint32_t count, Check check, std::uint64_t at)
      : at_(at),
        room_(check == Check::digests ? leaf_count(count) * sizeof(Digest) : 0),
        draft_(BlockType::content, room_ + count) {}
  MutableBytes content() { return draft_.payload().subspan(room_); }
  AnswerBlock finish(const MountBlock& request, std::size_t got) {
    MountBlock header{.request = request.request, .number = at_, .offset = request.offset};
    if (room_ == 0 || got == 0) return draft_.finish(header, got);
    std::vector<Digest> leaves(leaf_count(got));
    hash_leaves(content().first(got), leaves);
    const std::size_t used = leaves.size() * sizeof(Digest);
    // The file ended early: fewer digests stand before it.
    if (used < room_) std::memmove(draft_.payload().data() + used, content().data(), got);
    std::memcpy(draft_.payload().data(), leaves.data(), used);
    header.flags = block_flags::digests;
    return draft_.finish(header, used + got);
  }

 private:
  const std::uint64_t at_;
  const std::size_t room_;
  Draft draft_;
};

std::string where_of(const MountBlock& block) {
  return "handle " + std::to_string(block.number);
}

Result<std::shared_ptr<Handle>> readable(MountState& mount, const MountBlock& block) {
  auto handle = mount.handles.find(block.number);
  if (handle && !(*handle)->reads()) return fail_errno(EBADF, where_of(block));
  return handle;
}

// What a write carries, after its digests.
Result<Bytes> content_of(const ReceivedMountBlock& received, Check check) {
  const Bytes payload = received.payload();
  const bool has = (received.block.flags & block_flags::digests) != 0;
  if (check == Check::digests && !has)
    return fail(Code::invalid_request, where_of(received.block), "digests are needed without TLS");
  if (!has) {
    if (payload.size() <= limits::mount_io_bytes) return payload;
    return fail(Code::too_large, where_of(received.block), "more than a block carries");
  }
  // As many leaves as there are bytes for, each with its digest.
  constexpr std::size_t whole = limits::leaf_bytes + sizeof(Digest);
  const std::size_t leaves = (payload.size() + whole - 1) / whole;
  if (payload.size() < leaves * sizeof(Digest))
    return fail(Code::invalid_request, where_of(received.block), "a part of a digest");
  const Bytes content = payload.subspan(leaves * sizeof(Digest));
  std::vector<Digest> own(leaf_count(content.size()));
  if (!content.empty()) hash_leaves(content, own);
  if (content.empty() || std::memcmp(own.data(), payload.data(), own.size() * sizeof(Digest)) == 0) return content;
  return fail(Code::integrity, where_of(received.block), "damaged on the way");
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

Result<AnswerBlock> write_content(MountState& mount, const MountBlock& block, Bytes content) {
  auto found = mount.handles.find(block.number);
  if (!found) return std::unexpected(found.error());
  Handle& handle = **found;
  if (!handle.writes()) return fail_errno(EBADF, where_of(block));
  const bool append = (block.flags & block_flags::append) != 0;
  std::uint64_t offset = block.offset;
  if (!append) {
    if (auto valid = content::check_range(offset, content.size(), where_of(block)); !valid)
      return fail_errno(EFBIG, where_of(block));
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
  if (written != 0) return fail_errno(error, where_of(block));
  if (!now) return std::unexpected(now.error());
  Draft answer(BlockType::written, written_attr_bytes);
  encode_written_attr({now->size, now->blocks, now->mtime, now->ctime, now->mode},
                      answer.payload().first<written_attr_bytes>());
  return answer.finish({.request = block.request, .number = at, .offset = offset}, written_attr_bytes);
}

AnswerBlock copied(Bytes block) {
  AnswerBlock answer{std::make_unique_for_overwrite<std::byte[]>(block.size()), block.size()};
  std::ranges::copy(block, answer.memory.get());
  return answer;
}

std::span<std::byte, block_header_bytes> header_of(AnswerBlock& answer) {
  return std::span<std::byte, block_header_bytes>(answer.memory.get(), block_header_bytes);
}

// Of an append that is sent again while the first one is carried out.
Result<ReplyCache::Begun> begin_append(MountState& mount, const MountBlock& block, Bytes content) {
  const std::string kind = "append " + std::to_string(block.number) + " " + std::to_string(content.size());
  for (;;) {
    auto begun = mount.reply_cache.begin(block.offset, 0, kind);
    if (!begun || begun->state != ReplyCache::State::running) return begun;
    std::this_thread::sleep_for(2ms);
  }
}

}  // namespace

AnswerBlock error_answer(std::uint64_t request, const Error& error) {
  return copied(error_block(BlockType::error, request, error));
}

AnswerBlock abort_answer(const Error& error) {
  return copied(error_block(BlockType::abort, 0, error));
}

AnswerBlock kept_answer(std::uint64_t request, std::string_view kept) {
  AnswerBlock answer = copied(as_bytes(kept));
  const auto header = kept.size() < block_header_bytes ? Result<BlockHeader>(fail(Code::io, {}, {}))
                                                       : decode_block_header(header_of(answer), Carries::mount);
  if (!header || header->length != kept.size() - block_header_bytes)
    return error_answer(request, {Code::io, {}, "seq", "a kept answer is none"});
  BlockHeader renumbered = *header;
  renumbered.id = request;
  encode_block_header(renumbered, header_of(answer));
  return answer;
}

AnswerBlock alive_answer(std::uint64_t request) {
  return Draft(BlockType::alive, 0).finish({.request = request}, 0);
}

std::optional<AnswerBlock> read_answer_at_once(MountState& mount, const MountBlock& block, std::uint32_t count,
                                               Check check) {
  if (check == Check::digests && count > hashed_at_once) return std::nullopt;
  const auto handle = readable(mount, block);
  if (!handle) return error_answer(block.request, handle.error());
  ReadDraft answer(count, check, mount.events.last());
  const std::size_t got = content::read_cached((*handle)->file->number(), block.offset, answer.content());
  if (got < count) {
    // Less than that: the file ends there, or the rest is on the disk.
    const auto now = stat_at((*handle)->file->number());
    if (!now || block.offset + got < now->attr.size) return std::nullopt;
  }
  return answer.finish(block, got);
}

AnswerBlock read_answer(MountState& mount, const MountBlock& block, std::uint32_t count, Check check) {
  const auto handle = readable(mount, block);
  if (!handle) return error_answer(block.request, handle.error());
  ReadDraft answer(count, check, mount.events.last());
  const auto got = content::read((*handle)->file->number(), block.offset, answer.content(), where_of(block));
  if (!got) return error_answer(block.request, got.error());
  return answer.finish(block, *got);
}

AnswerBlock write_answer(MountState& mount, const ReceivedMountBlock& received, Check check) {
  const MountBlock& block = received.block;
  const auto content = content_of(received, check);
  if (!content) return error_answer(block.request, content.error());
  const bool append = (block.flags & block_flags::append) != 0;
  if (append) {
    const auto begun = begin_append(mount, block, *content);
    if (!begun) return error_answer(block.request, begun.error());
    if (begun->state == ReplyCache::State::done) return kept_answer(block.request, begun->reply);
  }
  auto written = write_content(mount, block, *content);
  AnswerBlock answer = written ? std::move(*written) : error_answer(block.request, written.error());
  if (append) mount.reply_cache.finish(block.offset, std::string(as_text(answer.bytes())));
  return answer;
}

}  // namespace dftp::server
