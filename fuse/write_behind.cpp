#include "fuse/write_behind.h"

#include <algorithm>

namespace dftp::mount {
namespace {

using client::Buffer;
using client::SharedBuffer;

bool overlap(const WriteBehind::Extent& extent, std::uint64_t begin, std::uint64_t end) {
  return extent.offset < end && begin < extent.end();
}

SharedBuffer copy(Bytes bytes) {
  auto buffer = std::make_shared<Buffer>(bytes.size());
  buffer->append(bytes);
  return buffer;
}

}  // namespace

void WriteBehind::add(std::uint64_t handle, std::uint64_t offset, SharedBuffer data) {
  const Extent extent{handle, offset, std::move(data)};
  if (extent.data->size() == 0 || overwrite(extent)) return;
  make_room(offset, extent.end());
  bytes_ += extent.data->size();
  if (!join(extent)) waiting_.emplace(offset, extent);
}

// Into an extent that has it all.
bool WriteBehind::overwrite(const Extent& extent) {
  auto after = waiting_.upper_bound(extent.offset);
  if (after == waiting_.begin()) return false;
  Extent& before = std::prev(after)->second;
  if (before.handle != extent.handle || before.end() < extent.end()) return false;
  const auto at = static_cast<std::size_t>(extent.offset - before.offset);
  std::ranges::copy(extent.data->bytes(), before.data->mutable_bytes().subspan(at).begin());
  return true;
}

// What waits there gives way: shortened, split or gone.
void WriteBehind::make_room(std::uint64_t begin, std::uint64_t end) {
  auto next = waiting_.upper_bound(begin);
  if (next != waiting_.begin()) --next;
  while (next != waiting_.end() && next->second.offset < end) {
    if (!overlap(next->second, begin, end)) {
      ++next;
      continue;
    }
    Extent old = std::move(next->second);
    next = waiting_.erase(next);
    const std::uint64_t old_end = old.end();
    bytes_ -= old.data->size();
    if (old_end > end) {
      const Bytes tail = old.data->bytes().last(static_cast<std::size_t>(old_end - end));
      bytes_ += tail.size();
      waiting_.emplace(end, Extent{old.handle, end, copy(tail)});
    }
    if (old.offset < begin) {
      old.data->resize(static_cast<std::size_t>(begin - old.offset));
      bytes_ += old.data->size();
      waiting_.emplace(old.offset, std::move(old));
    }
  }
}

// Behind the extent that ends where this one begins.
bool WriteBehind::join(const Extent& extent) {
  auto after = waiting_.lower_bound(extent.offset);
  if (after == waiting_.begin()) return false;
  Extent& before = std::prev(after)->second;
  const std::size_t whole = before.data->size() + extent.data->size();
  if (before.handle != extent.handle || before.end() != extent.offset || whole > piece_) return false;
  if (before.data->room() < extent.data->size()) {
    auto larger = std::make_shared<Buffer>(std::min(piece_, std::max(whole, before.data->capacity() * 4)));
    larger->append(before.data->bytes());
    before.data = std::move(larger);
  }
  before.data->append(extent.data->bytes());
  return true;
}

std::optional<WriteBehind::Sending> WriteBehind::take(bool all) {
  for (auto next = waiting_.begin(); next != waiting_.end(); ++next) {
    if ((!all && next->second.data->size() < piece_) || is_being_sent(next->second)) continue;
    Sending sending{++last_number_, std::move(next->second)};
    waiting_.erase(next);
    sending_.emplace(sending.number, sending.extent);
    return sending;
  }
  return std::nullopt;
}

void WriteBehind::finished(std::uint64_t number) {
  const auto found = sending_.find(number);
  bytes_ -= found->second.data->size();
  sending_.erase(found);
}

bool WriteBehind::is_being_sent(const Extent& extent) const {
  return std::ranges::any_of(sending_,
                             [&](const auto& entry) { return overlap(entry.second, extent.offset, extent.end()); });
}

bool WriteBehind::overlaps(std::uint64_t begin, std::uint64_t end) const {
  const auto inside = [&](const auto& entry) { return overlap(entry.second, begin, end); };
  if (std::ranges::any_of(sending_, inside)) return true;
  auto after = waiting_.lower_bound(end);
  return after != waiting_.begin() && overlap(std::prev(after)->second, begin, end);
}

bool WriteBehind::has(std::uint64_t handle) const {
  const auto of_handle = [&](const auto& entry) { return entry.second.handle == handle; };
  return std::ranges::any_of(waiting_, of_handle) || std::ranges::any_of(sending_, of_handle);
}

std::uint64_t WriteBehind::end() const {
  std::uint64_t last = waiting_.empty() ? 0 : waiting_.rbegin()->second.end();
  for (const auto& [number, extent] : sending_) last = std::max(last, extent.end());
  return last;
}

}  // namespace dftp::mount
