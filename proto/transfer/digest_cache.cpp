#include "proto/transfer/digest_cache.h"

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

bool DigestCache::Budget::take(std::size_t bytes) {
  if (taken.fetch_add(bytes) + bytes <= max) return true;
  taken -= bytes;
  return false;
}

DigestCache::File::~File() {
  if (budget_) budget_->taken -= own_bytes_ + chunks_.size() * chunk_bytes;
}

bool DigestCache::File::get(std::uint64_t first, std::span<Digest> out) const {
  const std::lock_guard lock(mutex_);
  auto chunk = chunks_.end();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint64_t leaf = first + i, number = leaf / chunk_leaves, at = leaf % chunk_leaves;
    if (chunk == chunks_.end() || chunk->first != number) chunk = chunks_.find(number);
    if (chunk == chunks_.end() || !chunk->second.known[at]) return false;
    out[i] = chunk->second.digests[at];
  }
  return true;
}

void DigestCache::File::put(std::uint64_t first, std::span<const Digest> digests) {
  const std::lock_guard lock(mutex_);
  if (!budget_ || first > leaves_ || digests.size() > leaves_ - first) return;
  auto chunk = chunks_.end();
  for (std::size_t i = 0; i < digests.size(); ++i) {
    const std::uint64_t leaf = first + i, number = leaf / chunk_leaves;
    if (chunk == chunks_.end() || chunk->first != number) chunk = chunks_.find(number);
    if (chunk == chunks_.end()) {
      if (!budget_->take(chunk_bytes)) return;
      chunk = chunks_.try_emplace(number).first;
    }
    chunk->second.digests[leaf % chunk_leaves] = digests[i];
    chunk->second.known.set(leaf % chunk_leaves);
  }
}

void DigestCache::File::forget() {
  const std::lock_guard lock(mutex_);
  if (budget_) budget_->taken -= chunks_.size() * chunk_bytes;
  chunks_.clear();
}

std::shared_ptr<DigestCache::File> DigestCache::file(const RemotePath& path, const Attributes& attributes) {
  std::string key = path.absolute() + '\0' + version_of(attributes);
  const std::uint64_t leaves = leaf_count(attributes.size);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->file;
  }
  const std::size_t own_bytes = sizeof(Entry) + sizeof(File) + 2 * key.size(), bytes = File::bytes_of(leaves);
  if (!is_settled(attributes) || own_bytes + bytes > budget_->max) return std::make_shared<File>(leaves, nullptr, 0);
  while (budget_->taken + own_bytes + bytes > budget_->max && !entries_.empty()) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  if (!budget_->take(own_bytes)) return std::make_shared<File>(leaves, nullptr, 0);
  auto file = std::make_shared<File>(leaves, budget_, own_bytes);
  entries_.push_front({key, file});
  by_key_.emplace(std::move(key), entries_.begin());
  return file;
}

}  // namespace dftp
