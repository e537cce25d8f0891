#include "proto/transfer/sender.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "proto/transfer/read_through.h"
#include "proto/transfer/send_state.h"
#include "proto/transfer/source_scanner.h"
#include "proto/wire/error_block.h"

namespace dftp {
namespace {

// Announcements a round: enough to fill a batch of the receiver's, few enough not to starve the files already wanted.
constexpr std::size_t announcements_per_round = 512;
// Small files' bytes that the lead sends at a time where there may be other connections.
constexpr std::size_t lead_contents = 64 * 1024;

}  // namespace

Sender::Sender(net::Executor executor, net::DiskPool& pool, TransferEvents& events, std::vector<Source> sources,
               const SendOptions& options)
    : Engine(executor, pool, events), options_(options) {
  for (const Source& source : sources) names_.push_back(source.name);
  walk_ = std::make_unique<SourceScanner>(std::move(sources), options);
}

Sender::~Sender() = default;

net::Task<Result<void>> Sender::write_blocks(net::Stream& stream, bool lead) {
  OutBuffer ready, next;
  ready.set_sends_files(stream.sends_files());
  next.set_sends_files(stream.sends_files());
  Pulse pulse(executor_);
  while (true) {
    if (lead)
      if (auto told = co_await tell_stalls(stream); !told) co_return told;
    // The next block is read and hashed while this one goes out.
    pulse.stopped = false;
    const auto seen = wakes();  // what comes up while the rest of a block is written must not be slept over
    const auto tls = stream.crypto_time(), limited = stream.limited_time();
    Step step;
    auto [written, filled] =
        co_await net::both(write_then_pulse(stream, ready, pulse), timed(fill_then_stop(next, lead, pulse), step.pool));
    if (!written) co_return written;
    if (!filled) co_return filled;
    step.network = pulse.writing;
    step.pool += pulse.reading;
    step.tls = stream.crypto_time() - tls;
    step.limited = stream.limited_time() - limited;
    step.hashing = next.hashing;
    stall_clock_.charge(step);
    ready.clear();
    std::swap(ready, next);
    if (!ready.empty()) {
      if (stall_clock_.due()) wake();
      continue;
    }
    if (over()) co_return Result<void>();
    const auto begun = StallClock::Clock::now();
    co_await wait_for_work(pulse, seen);
    stall_clock_.wait_for_peer(StallClock::Clock::now() - begun);
  }
}

// Before what is ready: behind the last `done` nobody would hear it, and a slow write can be all there is.
net::Task<Result<void>> Sender::tell_stalls(net::Stream& stream) {
  const std::string stalls = stalls_to_tell();
  if (stalls.empty()) co_return Result<void>();
  OutBuffer out(block_header_bytes + stalls.size());
  out.block({.type = BlockType::alive}, as_bytes(stalls));
  const Bytes bytes = out.bytes();
  co_return co_await stream.write(bytes);
}

net::Task<Result<void>> Sender::fill_then_stop(OutBuffer& out, bool lead, Pulse& pulse) {
  auto filled = co_await fill(out, lead);
  pulse.stop();
  co_return filled;
}

net::Task<Result<void>> Sender::fill(OutBuffer& out, bool lead) {
  while (!over() && out.empty()) {
    if (lead && !announcements_.empty()) {
      out.blocks(announcements_.bytes());
      announcements_.clear();
    } else if (lead && !pipes_.empty()) {
      co_await stream_pipe(out);
    } else if (may_announce(lead)) {
      co_await announce(out, lead);
    } else if (File file = next_file()) {
      if (!file->file) {
        co_await open(out, file);
      } else if (file->wants.empty()) {
        co_await finish_file(out, file);
      } else {
        Want want = next_want(*file);
        co_await send_piece(out, file, std::move(want));
      }
    } else {
      break;
    }
  }
  co_return Result<void>();
}

// The other connections take what has content of its own with it, and leave the end to the lead.
bool Sender::may_announce(bool lead) const {
  if (listed_ || walking_ || unsettled_.size() >= limits::unsettled_files / 2) return false;
  return lead || (options_.eager > 0 && !walk_->ended() && announcements_.room() >= announced_at_once);
}

net::Task<void> Sender::announce(OutBuffer& out, bool lead) {
  SourceScanner::Bounds max{std::min(announcements_per_round, limits::unsettled_files - unsettled_.size())};
  // Announcements for the content on other connections shall not stand behind much of its own.
  if (lead && options_.streams > 1) max.bytes = lead_contents;
  OutBuffer& announcements = lead ? out : walked_;
  walking_ = true;
  auto found = co_await pool_.run([&] { return walk_->next(announcements, out, max); });
  walking_ = false;
  announced_ = walk_->count();
  if (!lead) {
    announcements_.blocks(walked_.bytes());
    walked_.clear();
  }
  wake();
  for (auto& announced : found) {
    note_announced(announced.file->item);
    if (announced.moved > 0) note_sent(*announced.file, {0, announced.moved}, announced.moved);
    unsettled_.emplace(announced.file->item.number, announced.file);
    if (announced.error) {
      fail_here(*announced.file, *announced.error);
    } else if (announced.file->pipe) {
      pipes_.push_back(announced.file);
    }
  }
  if (!lead || !walk_->ended() || !pipes_.empty()) co_return;
  listed_ = true;
  out.block({.type = BlockType::listed, .offset = walk_->count()});
  events_.listed();
  complete_when_settled();
}

// The largest file that has something to do for one more connection.
Sender::File Sender::next_file() {
  for (const auto& [size, number] : std::views::reverse(queue_)) {
    const File& file = unsettled_.at(number);
    if (!file->file && file->reading > 0) continue;  // another connection opens it
    if (file->file && file->wants.empty() && !can_finish(*file)) continue;
    return file;
  }
  return nullptr;
}

// hash_whole_file wakes us when the MD5 is there.
bool Sender::can_finish(const SendState& file) const {
  return file.drained() && (!options_.md5 || file.md5);
}

Want Sender::next_want(SendState& file) {
  Want& front = file.wants.front();
  if (!front.digests.empty() || front.length <= limits::block_data_bytes || file.sparse()) {
    Want whole = std::move(front);
    file.wants.pop_front();
    --wants_;
    return whole;
  }
  Want piece{front.offset, limits::block_data_bytes};
  front.offset += piece.length;
  front.length -= piece.length;
  return piece;
}

void Sender::note_sent(SendState& file, const Want& answered, std::uint64_t moved) {
  const auto end = answered.offset + answered.length;
  const bool damaged = file.sent.touches(answered.offset, end) || (options_.fresh && !answered.digests.empty());
  ranges_ -= file.sent.size();
  file.sent.add(answered.offset, end);
  ranges_ += file.sent.size();
  if (moved > 0) note_moved(file.item, moved);
  if (moved > 0 && damaged) note_repaired(file.item, moved);
}

void Sender::requeue(const SendState& file) {
  const std::pair entry(file.size(), file.item.number);
  if (!file.given_up && (!file.wants.empty() || file.lasts > 0)) {
    queue_.insert(entry);
  } else {
    queue_.erase(entry);
  }
}

net::Task<void> Sender::open(OutBuffer& out, File file) {
  ++file->reading;
  auto opened = co_await on_pool([&] { return open_for_sending(*file); });
  --file->reading;
  if (file->given_up) co_return;
  if (!opened) co_return give_up(out, file, opened.error());
  file->file = std::move(*opened);
  if (options_.memory && !file->leaves) file->leaves = options_.memory->file(file->path, file->announced);
  file->counted = true;
  ++open_files_;
  if (options_.md5 && !file->md5 && !file->hashing) {
    file->hashing = true;
    spawn(hash_whole_file(file));
  }
  wake();
}

net::Task<void> Sender::send_piece(OutBuffer& out, File file, Want want) {
  ++file->reading;
  const bool again = file->sent.touches(want.offset, want.offset + want.length);
  const Piece piece{file, std::move(want), again};
  Result<ReadPiece> read;
  if (auto known = leave_in_file(piece, out)) {
    read = std::move(*known);
  } else if (auto cached = read_cached_piece(piece, out)) {
    read = std::move(*cached);
  } else {
    read = co_await on_pool([&] { return read_piece(piece, out); });
  }
  --file->reading;
  if (!read || file->given_up) {
    out.clear();  // half a piece, or one that nobody wants any more
    if (!read) give_up(out, file, read.error());
    co_return;
  }
  if (read->taken < piece.want.length) {
    file->wants.push_front({piece.want.offset + read->taken, piece.want.length - read->taken});
    ++wants_;
  }
  if (read->forgot) {
    file->tree = {};
    file->root.reset();
  }
  file->tree.add(piece.want.offset / limits::leaf_bytes, read->digests);
  note_sent(*file, {piece.want.offset, read->taken, piece.want.digests}, read->moved);
  if (read->same > 0) note_resumed(file->item, read->same);
  requeue(*file);
  if (can_finish(*file)) co_await finish_file(out, file);
  // A receiver may want something of each file, and leave all of them open.
  if (file->wants.empty() && file->reading == 0 && open_files_ > options_.open_files) close(*file);
  // The other connections may have been waiting for this piece to come back.
  wake();
}

net::Task<void> Sender::finish_file(OutBuffer& out, File file) {
  const auto lasts = std::exchange(file->lasts, 0);
  requeue(*file);
  ++file->reading;
  Result<void> checked;
  if (!file->root) file->root = file->tree.finish(file->size());
  if (!file->root) {
    const std::function<bool()> stop = [this, &file] { return over() || file->given_up; };
    auto root = co_await hash_root(pool_, *file->file, file->size(), stop);
    if (root) file->root = *root;
    if (!root) checked = std::unexpected(root.error());
  }
  if (checked) checked = co_await on_pool([&] { return check_unchanged(*file, *file->file); });
  --file->reading;
  if (file->given_up) co_return;
  if (!checked) co_return give_up(out, file, checked.error());
  if (file->wants.empty() && file->reading == 0) close(*file);  // a repair opens it again
  std::array<std::byte, 2 * sizeof(Digest)> payload;
  std::ranges::copy(*file->root, payload.begin());
  if (file->md5) std::ranges::copy(*file->md5, payload.begin() + sizeof(Digest));
  const auto length = file->md5 ? payload.size() : sizeof(Digest);
  for (std::uint32_t i = 0; i < lasts; ++i)
    out.block({.type = BlockType::done, .id = file->item.number, .offset = file->size()}, Bytes(payload).first(length));
  requeue(*file);
}

net::Task<void> Sender::hash_whole_file(File file) {
  auto self = shared_from_this();
  const std::function<bool()> stop = [this, &file] { return over() || file->given_up; };
  // A file that cannot be read any more fails the check before its `done`; any digest will do until then.
  Digest md5{};
  if (auto opened = co_await on_pool([&] { return open_for_sending(*file); })) {
    auto hashed = co_await hash_whole(pool_, **opened, file->size(), stop);
    if (hashed) md5 = *hashed;
  }
  file->hashing = false;
  file->md5 = md5;
  wake();
}

net::Task<void> Sender::stream_pipe(OutBuffer& out) {
  const File file = pipes_.front();
  auto read = co_await on_pool([&] { return read_pipe(*file, out, options_.md5); });
  if (!read || file->given_up) {
    out.clear();
    pipes_.pop_front();
    if (!read) give_up(out, file, read.error());
    co_return;
  }
  file->tree.add(file->announced.size / limits::leaf_bytes, read->digests);
  file->announced.size += read->moved;
  if (read->moved > 0) note_moved(file->item, read->moved);
  if (read->moved == limits::block_data_bytes) co_return;
  pipes_.pop_front();
  if (options_.md5) file->md5 = file->whole.finish();
  ++file->lasts;
  requeue(*file);
}

void Sender::give_up(OutBuffer& out, const File& file, const Error& why) {
  if (file->given_up) return;
  out.block({.type = BlockType::error, .id = file->item.number}, as_bytes(error_json(why)));
  fail_here(*file, why);
  complete_when_settled();
}

}  // namespace dftp
