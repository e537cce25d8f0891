#include "proto/transfer/receiver.h"

#include <algorithm>

#include "proto/transfer/directories.h"
#include "proto/transfer/received_block.h"
#include "proto/transfer/target_tree.h"
#include "proto/wire/error_block.h"

namespace dftp {

using Kind = Announcement::Kind;

Receiver::Receiver(net::Executor executor, net::DiskPool& pool, TransferEvents& events, std::vector<Target> targets,
                   const ReceiveOptions& options)
    : Engine(executor, pool, events),
      targets_(std::move(targets)),
      options_(options),
      directories_(std::make_unique<Directories>()) {
  for (const Target& target : targets_) trees_.push_back(std::make_shared<TargetTree>(target.storage, target.path));
}

Receiver::~Receiver() = default;

net::Task<Result<void>> Receiver::read_blocks(net::Stream& stream, bool lead) {
  BlockReader reader(stream, arrived_);
  BlockBatch current, next;
  Step first;
  auto read = co_await timed(reader.collect(current), first.network);
  stall_clock_.charge(first);
  while (read && !over()) {
    // The next batch is gathered while this one is hashed and written.
    Step step{.tls = -stream.crypto_time(), .limited = -stream.limited_time(), .committing = -commit_time()};
    auto processing = timed(process(current, lead, step.hashing), step.pool);
    auto [processed, gathered] = co_await net::both(std::move(processing), timed(reader.collect(next), step.network));
    if (!processed) co_return processed;
    step.tls += stream.crypto_time();
    step.limited += stream.limited_time();
    step.committing += commit_time();
    stall_clock_.charge(step);
    if (stall_clock_.due()) wake();
    read = std::move(gathered);
    std::swap(current, next);
  }
  // After the end the peer closes; until then its last words are read and dropped, for it may still be writing.
  while (read && over()) read = co_await reader.collect(current);
  if (over()) co_return Result<void>();
  co_return read;
}

// What goes without being asked for may overtake its announcement, which comes on the lead.
net::Task<Result<void>> Receiver::wait_for_announcements(const BlockBatch& batch) {
  std::uint64_t highest = 0;
  for (const auto& block : batch.blocks()) {
    if (block.header.type == BlockType::file || block.header.type == BlockType::listed)
      co_return fail(Code::protocol, "block", "an announcement on another connection than the lead");
    highest = std::max(highest, block.header.id);
  }
  while (decided_ < highest && highest <= listed_.value_or(decided_ + limits::unsettled_files) && !over())
    co_await work_.wait();
  co_return Result<void>();
}

net::Task<Result<void>> Receiver::process(const BlockBatch& batch, bool lead, net::Duration& hashing) {
  std::vector<ReceivedBlock> arrivals;
  arrivals.reserve(batch.blocks().size());
  bool on_disk = false;
  Result<void> fine;
  if (!lead) fine = co_await wait_for_announcements(batch);
  while (outbox_.size() > limits::unsent_answers && !over()) co_await work_.wait();
  for (const auto& block : batch.blocks()) {
    ReceivedBlock arrival{block.header, block.payload};
    if (fine) fine = resolve(arrival);
    if (!fine) break;
    on_disk |= arrival.on_disk();
    arrivals.push_back(std::move(arrival));
  }
  // Whole files that wait for their commit hold descriptors and memory: let the disk catch up.
  while (ready_.size() >= (may_open_more() ? commit_batch : few_files) && !over()) co_await work_.wait();
  if (on_disk && fine) {
    ++on_pool_;
    auto done = co_await on_pool([&] { return Result<net::Duration>(carry_out(arrivals, options_)); });
    --on_pool_;
    if (!done) fine = std::unexpected(std::move(done.error()));
    if (done) hashing = *done;
    if (over()) wake();
  }
  for (auto& arrival : arrivals) {
    if (!fine || over()) break;
    fine = apply(arrival);
    // A block of some bytes may stand for millions of leaves' worth of work: others of this loop come in between.
    if (arrival.header.type == BlockType::zero) co_await net::yield();
  }
  if (!fine) {
    stop(fine.error());
    co_return fine;
  }
  if (lead && connections() > 1) wake();
  co_return Result<void>();
}

// Finds the file that a block is about, and checks the block's form. Blocks of settled files are let through without a
// file: the sender did not know yet.
Result<void> Receiver::resolve(ReceivedBlock& arrival) {
  const auto& header = arrival.header;
  switch (header.type) {
    case BlockType::alive: return hear_stalls(arrival.payload);
    case BlockType::listed: return {};
    case BlockType::abort: return std::unexpected(error_from(arrival.payload));
    case BlockType::file: return accept(arrival);
    default: break;
  }
  if (header.id == 0 || header.id > announced_)
    return fail(Code::protocol, "block", "content of a file that was not announced");
  const auto file = incoming_.find(header.id);
  if (file == incoming_.end()) return {};
  arrival.file = file->second;
  switch (header.type) {
    case BlockType::data:
    case BlockType::same:
    case BlockType::zero: return reserve_range(arrival);
    case BlockType::done: return check_done(*arrival.file, header, arrival.payload);
    case BlockType::error: return {};
    default: return fail(Code::protocol, "block", "a block that only a receiver sends");
  }
}

// A pipe ends here: what comes behind it lies beyond its end.
Result<void> Receiver::check_done(ReceiveState& file, const BlockHeader& header, Bytes payload) {
  const auto bad = [&](const char* why) { return fail(Code::protocol, file.path.absolute(), why); };
  if (payload.size() != sizeof(Digest) && payload.size() != 2 * sizeof(Digest)) return bad("a `done` without its root");
  if (header.offset > limits::file_bytes) return bad("an impossible size");
  if (!file.size) file.size = header.offset;
  if (file.size != header.offset) return bad("`done` tells another size than the announcement");
  return {};
}

Result<void> Receiver::reserve_range(ReceivedBlock& arrival) {
  if (auto fine = check_range(arrival); !fine) return fine;
  ReceiveState& file = *arrival.file;
  const auto begin = arrival.header.offset, end = begin + arrival.length();
  if (arrival.header.type == BlockType::data) note_moved(file.item, end - begin);
  if (file.reserved.touches(begin, end)) {
    arrival.file.reset();
    return {};
  }
  change_reserved(file, [&](IntervalSet& reserved) { reserved.add(begin, end); });
  if (ranges_ <= limits::transfer_ranges) return {};
  return fail(Code::too_many, file.path.absolute(), "content in too many pieces");
}

void Receiver::change_reserved(ReceiveState& file, const std::function<void(IntervalSet&)>& change) {
  ranges_ -= file.reserved.size();
  change(file.reserved);
  ranges_ += file.reserved.size();
}

Result<void> Receiver::accept(ReceivedBlock& arrival) {
  const auto& header = arrival.header;
  if (listed_ || header.id != announced_ + 1) return fail(Code::protocol, "block", "an announcement out of order");
  if (incoming_.size() >= limits::unsettled_files ||
      directories_->size() > limits::unsettled_files + limits::path_depth)
    return fail(Code::too_many, "block", "too many files announced at once");
  auto announcement = decode_announcement(arrival.payload);
  if (!announcement) return std::unexpected(announcement.error());
  if (announcement->source >= targets_.size())
    return fail(Code::protocol, "announcement.source", "there is no such source");
  const bool eager = header.flags & block_flags::eager;
  if (announcement->size.value_or(0) > limits::file_bytes ||
      (announcement->kind == Kind::file && !announcement->size && !eager) ||
      (eager && announcement->size.value_or(0) > limits::block_data_bytes))
    return fail(Code::protocol, "announcement.size", "is impossible");
  const Target& target = targets_[announcement->source];
  auto path = target.path.join(announcement->path);
  if (!path)
    arrival.error =
        Error{path.error().code, {}, target.path.absolute() + announcement->path.absolute(), path.error().detail};

  auto file = std::make_shared<ReceiveState>();
  file->item = {header.id, announcement->source, announcement->path, announcement->kind, announcement->size};
  file->size = announcement->size;
  file->announcement = std::move(*announcement);
  file->storage = target.storage;
  file->tree_of_target = trees_[file->item.source];
  file->path = path ? *path : target.path;
  file->eager = eager;
  file->left_out = options_.only && !options_.only(file->item.path);
  if (!asked_for(*file)) return fail(Code::protocol, "announcement", "something was sent that was not asked for");
  if (file->pipe() && !take_slot_at_once(*file))
    return fail(Code::too_many, file->path.absolute(), "too many pipes at once");
  announced_ = header.id;
  incoming_.emplace(header.id, file);
  if (!file->left_out) note_announced(file->item);
  arrival.file = std::move(file);
  return {};
}

// A source itself comes once, and is no link: a link would be a way out for the next transfer to this name. What is
// beneath it comes behind it, and only with `recursive`.
bool Receiver::asked_for(const ReceiveState& file) {
  const Item& item = file.item;
  if (!options_.recursive && (!item.path.is_root() || (item.kind != Kind::file && !file.unreadable()))) return false;
  if (!item.path.is_root()) return come_.contains(item.source);
  if (item.kind == Kind::end) return true;
  if (item.kind == Kind::symlink && !file.unreadable()) return false;
  return come_.insert(item.source).second;
}

// ---- after the disk work, in the order of the blocks

Result<void> Receiver::apply(ReceivedBlock& arrival) {
  if (arrival.header.type == BlockType::file) decided_ = arrival.header.id;
  if (arrival.header.type == BlockType::listed) {
    if (arrival.header.offset != announced_)
      return fail(Code::protocol, "block", "`listed` does not match what was announced");
    if (directories_->any_without_end())
      return fail(Code::protocol, "block", "`listed` before the `end` of a directory");
    listed_ = announced_;
    events_.listed();
    complete_when_settled();
    return {};
  }
  if (!arrival.file || arrival.file->settled) return {};
  switch (arrival.header.type) {
    case BlockType::file: return apply_decision(arrival);
    case BlockType::data: return apply_data(arrival);
    case BlockType::same: return apply_same(arrival);
    case BlockType::zero: return apply_zero(arrival);
    case BlockType::done: return apply_done(arrival);
    case BlockType::error: settle_unsent(arrival.file, error_from(arrival.payload)); return {};
    default: return {};
  }
}

Result<void> Receiver::apply_decision(ReceivedBlock& arrival) {
  const File& file = arrival.file;
  if (file->unreadable()) {
    if (file->item.kind != Kind::directory) directories_->begin(file->item);
    return {};
  }
  if (file->item.kind == Kind::end) {
    bool known = false;
    const File now = directories_->end(file, known);
    if (!known) settle(file, Outcome::skipped);  // the directory itself had failed
    if (now) commit(now);
    return {};
  }
  if (file->item.kind == Kind::directory) {
    if (!arrival.error && arrival.verdict != Verdict::skip) directories_->open(file->item, std::move(file->filled));
  } else {
    directories_->begin(file->item);
  }
  if (arrival.error) {
    fail_here(file, *arrival.error);
  } else if (arrival.verdict != Verdict::fetch) {
    settle(file, arrival.verdict == Verdict::skip ? Outcome::skipped : Outcome::stored);
  } else if (file->eager) {
    file->dones_due = 1;
    file->asked_all = true;
  } else if (file->small()) {
    want(*file, 0, *file->size, true);
  } else {
    waiting_.push_back(file);
    fill_slots();
  }
  return {};
}

Result<void> Receiver::apply_data(ReceivedBlock& arrival) {
  const File& file = arrival.file;
  const auto length = arrival.length();
  if (arrival.error) return fail_here(file, *arrival.error), Result<void>();
  if (!arrival.written) return {};
  if (!file->has_slot && !take_slot_at_once(*file))
    return fail(Code::too_many, file->path.absolute(), "too many files begun at once");
  for (std::size_t leaf = 0; leaf < arrival.digests.size();) {
    const bool good = arrival.digests[leaf] == arrival.expected_digest(leaf);
    std::size_t end = leaf + 1;
    while (end < arrival.digests.size() && (arrival.digests[end] == arrival.expected_digest(end)) == good) ++end;
    const auto begin_byte = leaf * limits::leaf_bytes;
    const auto offset = arrival.header.offset + begin_byte;
    const auto bytes = std::min<std::uint64_t>(end * limits::leaf_bytes, length) - begin_byte;
    if (good) {
      if (file->fresh || file->asked_twice) note_damaged_basis(*file, offset, bytes);
      file->tree.add(offset / limits::leaf_bytes, std::span(arrival.digests).subspan(leaf, end - leaf));
      verified(*file, offset, bytes);
    } else {
      ask_again(file, offset, bytes);
    }
    if (file->settled) return {};
    leaf = end;
  }
  commit_when_whole(file);
  return {};
}

Result<void> Receiver::apply_same(ReceivedBlock& arrival) {
  const File& file = arrival.file;
  const auto offset = arrival.header.offset, length = arrival.length();
  auto asked = file->asked.upper_bound(offset);
  if (asked == file->asked.begin()) return fail(Code::protocol, file->path.absolute(), "`same` for what was not asked");
  --asked;
  const auto first = (offset - asked->first) / limits::leaf_bytes;
  if (first + leaf_count(length) > asked->second.size())
    return fail(Code::protocol, file->path.absolute(), "`same` for more than was asked");
  file->tree.add(offset / limits::leaf_bytes, std::span(asked->second).subspan(first, leaf_count(length)));
  note_resumed(file->item, length);
  verified(*file, offset, length);
  commit_when_whole(file);
  return {};
}

Result<void> Receiver::apply_zero(ReceivedBlock& arrival) {
  const File& file = arrival.file;
  if (arrival.error) return fail_here(file, *arrival.error), Result<void>();
  if (!arrival.written) return {};
  static const std::vector<Digest> zeros(limits::leaves_per_block, zero_leaf(limits::leaf_bytes));
  const auto offset = arrival.header.offset, length = arrival.length();
  const auto whole_leaves = length / limits::leaf_bytes;
  for (std::uint64_t leaf = 0; leaf < whole_leaves; leaf += zeros.size())
    file->tree.add(offset / limits::leaf_bytes + leaf,
                   std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), whole_leaves - leaf)));
  if (const auto rest = length % limits::leaf_bytes) {
    const Digest last = zero_leaf(rest);
    file->tree.add(offset / limits::leaf_bytes + whole_leaves, {&last, 1});
  }
  verified(*file, offset, length);
  commit_when_whole(file);
  return {};
}

Result<void> Receiver::apply_done(ReceivedBlock& arrival) {
  const File& file = arrival.file;
  if (file->dones_due == 0) return fail(Code::protocol, file->path.absolute(), "a `done` that was not asked for");
  --file->dones_due;
  const auto take = [&](std::size_t at) {
    Digest digest;
    std::copy_n(arrival.payload.begin() + static_cast<std::ptrdiff_t>(at), sizeof digest, digest.begin());
    return digest;
  };
  file->root = take(0);
  if (arrival.payload.size() > sizeof(Digest)) file->md5 = take(sizeof(Digest));
  commit_when_whole(file);
  if (!file->committing && file->dones_due == 0) spawn(ask_for_gaps(file));
  return {};
}

// Data that answers digests: what was there was not what it should be.
void Receiver::note_damaged_basis(ReceiveState& file, std::uint64_t offset, std::uint64_t length) {
  const auto asked = file.asked.upper_bound(offset);
  if (asked == file.asked.begin()) return;
  const auto& [first, digests] = *std::prev(asked);
  const auto end = std::min(offset + length, first + digests.size() * limits::leaf_bytes);
  for (auto leaf = offset; leaf < end; leaf += limits::leaf_bytes) file.damaged.try_emplace(leaf, 0);
}

void Receiver::verified(ReceiveState& file, std::uint64_t offset, std::uint64_t length) {
  file.verified.add(offset, offset + length);
  for (auto leaf = file.damaged.lower_bound(offset); leaf != file.damaged.end() && leaf->first < offset + length;) {
    note_repaired(file.item, std::min(limits::leaf_bytes, offset + length - leaf->first));
    leaf = file.damaged.erase(leaf);
  }
  // The `want`s that this answers wholly; usually one.
  auto asked = file.asked.upper_bound(offset);
  if (asked == file.asked.begin()) return;
  --asked;
  const auto end = std::min(asked->first + asked->second.size() * limits::leaf_bytes, file.size.value_or(UINT64_MAX));
  if (!file.verified.covers(asked->first, end)) return;
  file.asked.erase(asked);
  --asked_;
  wake();
}

void Receiver::ask_again(const File& file, std::uint64_t offset, std::uint64_t length) {
  for (auto leaf = offset; leaf < offset + length; leaf += limits::leaf_bytes) {
    if (++file->damaged[leaf] > limits::repair_attempts || file->damaged.size() > limits::damaged_leaves) {
      fail_here(file, {Code::integrity,
                       {},
                       file->path.absolute(),
                       "arrived damaged again and again; something on the way changes bytes"});
      return;
    }
  }
  change_reserved(*file, [&](IntervalSet& reserved) { reserved.remove(offset, offset + length); });
  want(*file, offset, length, file->asked_all);
}

void Receiver::complete_when_settled() {
  if (listed_ && incoming_.empty()) complete();
}

}  // namespace dftp
