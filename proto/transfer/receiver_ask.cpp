#include <algorithm>
#include <array>

#include "proto/transfer/receive_state.h"
#include "proto/transfer/receiver.h"

namespace dftp {
namespace {

// What is hashed of a basis in one go: a few milliseconds of work.
constexpr std::uint64_t ask_ahead = 4 * limits::block_data_bytes;

void append_alive(std::vector<std::byte>& out, const std::string& stalls) {
  std::array<std::byte, block_header_bytes> header;
  encode_block_header({.length = static_cast<std::uint32_t>(stalls.size()), .type = BlockType::alive}, header);
  out.insert(out.end(), header.begin(), header.end());
  const Bytes payload = as_bytes(stalls);
  out.insert(out.end(), payload.begin(), payload.end());
}

}  // namespace

net::Task<Result<void>> Receiver::write_blocks(net::Stream& stream, bool lead) {
  Pulse pulse(executor_);
  std::vector<std::byte> out;
  while (true) {
    if (lead && !outbox_.empty()) {
      std::swap(out, outbox_);
      wake();  // who waits for room in it
    }
    if (out.empty() && over()) {
      if (lead) co_await drop_pipes();
      co_return Result<void>();
    }
    const std::string stalls = lead ? stalls_to_tell() : std::string();
    if (!stalls.empty() || (out.empty() && pulse.until_due() == net::Duration::zero())) append_alive(out, stalls);
    if (out.empty()) {
      co_await wait_for_work(pulse, wakes());
      continue;
    }
    if (auto written = co_await stream.write(out); !written) co_return written;
    pulse.last_write = std::chrono::steady_clock::now();
    out.clear();
  }
}

net::Task<void> Receiver::drop_pipes() {
  while (on_pool_ > 0) co_await work_.wait();
  std::vector<File> pipes;
  for (const auto& [number, file] : incoming_)
    if (file->pipe() && file->partial && !file->committing) pipes.push_back(file);
  for (const File& file : pipes) co_await drop_pipe(file);
}

void Receiver::say(BlockType type, std::uint64_t file, std::uint64_t offset, Bytes payload, std::uint8_t flags) {
  const BlockHeader header{static_cast<std::uint32_t>(payload.size()), type, flags, file, offset};
  const auto at = outbox_.size();
  outbox_.resize(at + block_header_bytes + payload.size());
  encode_block_header(header, std::span(outbox_).subspan(at).first<block_header_bytes>());
  std::ranges::copy(payload, outbox_.begin() + static_cast<std::ptrdiff_t>(at + block_header_bytes));
  wake();
}

void Receiver::want(ReceiveState& file, std::uint64_t offset, std::uint64_t length, bool last,
                    const std::vector<Digest>& digests) {
  std::vector<std::byte> payload(sizeof(std::uint64_t) + digests.size() * sizeof(Digest));
  put_u64(length, std::span(payload).first<sizeof(std::uint64_t)>());
  for (std::size_t i = 0; i < digests.size(); ++i)
    std::ranges::copy(digests[i],
                      payload.begin() + static_cast<std::ptrdiff_t>(sizeof(std::uint64_t) + i * sizeof(Digest)));
  if (last) {
    ++file.dones_due;
    file.asked_all = true;
  }
  say(BlockType::want, file.item.number, offset, payload, last ? block_flags::last : 0);
}

// Only so many large files at a time have their partials open.
void Receiver::fill_slots() {
  while (slots_used_ < limits::open_partials && !waiting_.empty() && (slots_used_ < few_files || may_open_more())) {
    File file = std::move(waiting_.front());
    waiting_.pop_front();
    if (file->settled) continue;
    file->has_slot = true;
    ++slots_used_;
    spawn(begin_large(std::move(file)));
  }
}

// What comes without being asked for.
bool Receiver::take_slot_at_once(ReceiveState& file) {
  file.has_slot = true;
  ++slots_used_;
  return slots_used_ <= few_files || (slots_used_ <= 2 * limits::open_partials && may_open_more());
}

// Whoever is told may be gone when the transfer is over.
bool Receiver::may_open_more() const {
  return over() || !options_.may_open_more || options_.may_open_more(slots_used_ + ready_.size() + in_batch_);
}

net::Task<void> Receiver::begin_large(File file) {
  auto self = shared_from_this();
  auto basis = co_await on_pool([&] { return open_basis(*file, options_); });
  if (over() || file->settled) co_return;
  if (!basis) co_return fail_here(file, basis.error());
  Basis start = *basis;
  co_await ask_for(file, start);
}

net::Task<Result<std::vector<Digest>>> Receiver::hash_basis_on_pool(File file, std::uint64_t offset,
                                                                    std::uint64_t length) {
  if (length == 0) co_return std::vector<Digest>();
  co_return co_await on_pool([&] { return hash_basis(*file, offset, length); });
}

void Receiver::ask_with(ReceiveState& file, std::uint64_t offset, std::uint64_t length,
                        std::span<const Digest> digests) {
  for (const auto end = offset + length; offset < end; ++asked_) {
    const auto block = std::min(limits::block_data_bytes, end - offset);
    const std::vector<Digest> of_block(digests.begin(),
                                       digests.begin() + static_cast<std::ptrdiff_t>(leaf_count(block)));
    want(file, offset, block, offset + block == *file.size, of_block);
    file.asked.emplace(offset, of_block);
    digests = digests.subspan(of_block.size());
    offset += block;
  }
}

// Asks for the whole file: what there is of it with its digests, the rest, and what is known to be a hole, without.
net::Task<void> Receiver::ask_for(File file, Basis basis) {
  auto self = shared_from_this();
  const auto size = *file->size;
  if (basis.trusted > 0) {
    file->trusted = std::min(basis.trusted, size);
    note_resumed(file->item, file->trusted);
    verified(*file, 0, file->trusted);
  }
  auto offset = file->trusted;
  while (offset < basis.bytes) {
    while (!over() && asked_ >= limits::digest_wants) co_await work_.wait();
    const bool known = file->extent.holds(offset);
    auto hole = known ? hole_in_basis(*file, offset) : co_await on_pool([&] { return hole_in_basis(*file, offset); });
    if (over() || file->settled) co_return;
    if (!hole) co_return fail_here(file, hole.error());
    if (const auto length = std::min(*hole, basis.bytes - offset); length > 0) {
      want(*file, offset, length, offset + length == size);
      offset += length;
      continue;
    }
    // Two stretches side by side: hashing is what takes the time.
    const auto first = std::min(ask_ahead, basis.bytes - offset);
    const auto second = std::min(ask_ahead, basis.bytes - offset - first);
    auto [one, two] =
        co_await net::both(hash_basis_on_pool(file, offset, first), hash_basis_on_pool(file, offset + first, second));
    if (over() || file->settled) co_return;
    if (!one || !two) co_return fail_here(file, one ? two.error() : one.error());
    ask_with(*file, offset, first, *one);
    ask_with(*file, offset + first, second, *two);
    offset += first + second;
  }
  if (!file->asked_all) want(*file, offset, size - offset, true);
}

// The sender says that all has been sent, and something is missing: it comes on another connection, or its header was
// damaged and it was taken for something else. Nothing is asked for twice as long as anything still comes: the other
// connections may be very slow.
net::Task<void> Receiver::ask_for_gaps(File file) {
  auto self = shared_from_this();
  while (connections() > 1 && !over() && !file->settled && !file->committing) {
    const auto before = arrived_;
    co_await net::sleep_for(overtaking_grace);
    // Less is nothing but `alive` blocks.
    if (arrived_ - before <= connections() * block_header_bytes) break;
  }
  if (over() || file->settled || file->committing || file->dones_due > 0) co_return;
  for (const auto& [begin, end] : file->verified.gaps(0, *file->size)) {
    ask_again(file, begin, end - begin);
    if (file->settled) co_return;
  }
}

}  // namespace dftp
