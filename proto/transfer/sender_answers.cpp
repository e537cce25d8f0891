// What the receiver says to a sender, and what comes of it.
#include <algorithm>
#include <utility>

#include "proto/transfer/block_reader.h"
#include "proto/transfer/send_state.h"
#include "proto/transfer/sender.h"
#include "proto/wire/error_block.h"

namespace dftp {
namespace {

Result<Want> decode_want(const SendState& file, const BlockHeader& header, Bytes payload) {
  const auto bad = [&](const char* why) { return fail(Code::protocol, file.path.absolute(), why); };
  if (payload.size() < 8 || (payload.size() - 8) % sizeof(Digest) != 0) return bad("a `want` of a wrong length");
  Want want{header.offset, get_u64(payload.first<8>())};
  const auto size = file.size();
  if (want.offset > size || want.length > size - want.offset) return bad("a `want` beyond the file's end");
  if (want.offset % limits::leaf_bytes != 0 ||
      (want.length % limits::leaf_bytes != 0 && want.offset + want.length != size))
    return bad("a `want` that is not on leaf edges");
  const auto digests = (payload.size() - 8) / sizeof(Digest);
  if (digests != 0 && digests != leaf_count(want.length)) return bad("a `want` with too few or too many digests");
  want.digests.resize(digests);
  for (std::size_t i = 0; i < digests; ++i)
    std::copy_n(payload.begin() + static_cast<std::ptrdiff_t>(8 + i * sizeof(Digest)), sizeof(Digest),
                want.digests[i].begin());
  return want;
}

// Nothing is stored that was not sent: all of it, and the `done` behind it.
Result<void> check_sent(const SendState& file) {
  if (file.item.kind != Announcement::Kind::file) return {};
  if (file.root && (file.pipe || file.sent.covers(0, file.size()))) return {};
  return fail(Code::protocol, file.path.absolute(),
              "the other side says that it is stored, and was not sent all of it");
}

}  // namespace

net::Task<Result<void>> Sender::read_blocks(net::Stream& stream, bool) {
  BlockReader reader(stream, arrived_);
  BlockBatch batch;
  while (true) {
    auto read = co_await reader.collect(batch);
    if (!read) co_return over() ? Result<void>() : read;
    // After the end the peer closes. To close before it has read our last words could take them from it.
    if (over()) continue;
    for (const auto& block : batch.blocks())
      if (auto taken = take(block.header, block.payload); !taken) co_return taken;
    complete_when_settled();
  }
}

Result<void> Sender::take(const BlockHeader& header, Bytes payload) {
  if (header.type == BlockType::alive) return hear_stalls(payload);
  if (header.type == BlockType::abort) return std::unexpected(error_from(payload));
  if (header.id == 0 || header.id > announced_)
    return fail(Code::protocol, "block", "an answer for a file that was not announced");
  // A file that was given up here may still be answered by a receiver that does not know it yet.
  const auto file = unsettled_.find(header.id);
  if (file == unsettled_.end()) return {};
  switch (header.type) {
    case BlockType::want: return take_want(*file->second, header, payload);
    case BlockType::skip: return settle(header.id, Outcome::skipped), Result<void>();
    case BlockType::stored:
      if (auto sent = check_sent(*file->second); !sent) return sent;
      return settle(header.id, Outcome::stored), Result<void>();
    case BlockType::error: {
      const Error error = error_from(payload);
      if (error.code != Code::time_changed) return settle(header.id, Outcome::failed, error), Result<void>();
      if (auto sent = check_sent(*file->second); !sent) return sent;
      return settle(header.id, Outcome::stored, error), Result<void>();
    }
    default: return fail(Code::protocol, "block", "a block that only a sender sends");
  }
}

Result<void> Sender::take_want(SendState& file, const BlockHeader& header, Bytes payload) {
  if (file.item.kind != Announcement::Kind::file || file.pipe)
    return fail(Code::protocol, file.path.absolute(), "a `want` for what has no content to ask for");
  auto want = decode_want(file, header, payload);
  if (!want) return std::unexpected(want.error());
  // Honest receivers ask once for all and once more for each damaged leaf; one with digests waits for its answers.
  if (file.wants.size() > limits::digest_wants + limits::damaged_leaves || file.lasts > 2 * limits::digest_wants ||
      wants_ > limits::transfer_wants || ranges_ > limits::transfer_ranges)
    return fail(Code::too_many, file.path.absolute(), "too many `want`s at once");
  if (want->length > 0) {
    file.wants.push_back(std::move(*want));
    ++wants_;
  }
  if (header.flags & block_flags::last) ++file.lasts;
  requeue(file);
  wake();
  return {};
}

void Sender::fail_here(const SendState& file, Error error) {
  const Outcome outcome = error.code == Code::special_file ? Outcome::special : Outcome::failed;
  settle(file.item.number, outcome, named_here(std::move(error), file.item, file.path, names_[file.item.source]));
}

void Sender::settle(std::uint64_t number, Outcome outcome, const std::optional<Error>& error) {
  const auto entry = unsettled_.find(number);
  if (entry == unsettled_.end()) return;
  const File file = entry->second;
  unsettled_.erase(entry);
  queue_.erase({file->size(), number});
  file->given_up = true;
  wants_ -= std::exchange(file->wants, {}).size();
  ranges_ -= std::exchange(file->sent, {}).size();
  uncount(*file);
  std::optional<Proof> proof;
  if (outcome == Outcome::stored && file->root) proof = Proof{file->size(), *file->root, file->md5};
  if (file->item.kind != Announcement::Kind::end || outcome == Outcome::failed)
    note_settled(file->item, outcome, error, proof);
  wake();
}

void Sender::close(SendState& file) {
  file.file.reset();
  uncount(file);
}

void Sender::uncount(SendState& file) {
  if (std::exchange(file.counted, false)) --open_files_;
}

void Sender::complete_when_settled() {
  if (listed_ && unsettled_.empty()) complete();
}

}  // namespace dftp
