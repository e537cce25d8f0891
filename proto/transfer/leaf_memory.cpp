#include "proto/transfer/leaf_memory.h"

#include <algorithm>
#include <chrono>

#include "proto/digest/tree.h"

namespace dftp {
namespace {

// Coarser than the clock of any file system.
constexpr auto settling = std::chrono::seconds(3);

bool is_settled(const Attributes& attributes) {
  const auto age = std::chrono::system_clock::now().time_since_epoch() - std::chrono::nanoseconds(attributes.ctime_ns);
  return age > settling;
}

}  // namespace

LeafMemory::File::File(std::uint64_t size, bool settled)
    : digests_(settled ? leaf_count(size) : 0), known_(digests_.size()) {}

bool LeafMemory::File::get(std::uint64_t first, std::span<Digest> out) const {
  const std::lock_guard lock(mutex_);
  if (first + out.size() > known_.size()) return false;
  const auto known = known_.begin() + static_cast<std::ptrdiff_t>(first);
  if (!std::all_of(known, known + static_cast<std::ptrdiff_t>(out.size()), std::identity())) return false;
  std::copy_n(digests_.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
  return true;
}

void LeafMemory::File::put(std::uint64_t first, std::span<const Digest> digests) {
  const std::lock_guard lock(mutex_);
  if (first + digests.size() > known_.size()) return;
  std::ranges::copy(digests, digests_.begin() + static_cast<std::ptrdiff_t>(first));
  std::fill_n(known_.begin() + static_cast<std::ptrdiff_t>(first), digests.size(), true);
}

void LeafMemory::File::forget() {
  const std::lock_guard lock(mutex_);
  std::fill(known_.begin(), known_.end(), false);
}

std::shared_ptr<LeafMemory::File> LeafMemory::file(const RemotePath& path, const Attributes& attributes) {
  std::string key = path.absolute() + '\0' + version_of(attributes);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->file;
  }
  auto file = std::make_shared<File>(attributes.size, is_settled(attributes));
  const std::size_t bytes = sizeof(Entry) + 2 * key.size() + leaf_count(attributes.size) * sizeof(Digest);
  if (!file->settled() || bytes > most_bytes_) return file;
  entries_.push_front({key, bytes, file});
  by_key_.emplace(std::move(key), entries_.begin());
  for (bytes_ += bytes; bytes_ > most_bytes_; entries_.pop_back()) {
    bytes_ -= entries_.back().bytes;
    by_key_.erase(entries_.back().key);
  }
  return file;
}

}  // namespace dftp
