#include "proto/digest/tree.h"

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp {

namespace {

Digest hash_zeros(std::size_t bytes) {
  static constexpr std::array<std::byte, 4096> zeros{};
  Md5 hash;
  for (std::size_t done = 0; done < bytes; done += std::min(bytes - done, zeros.size())) {
    hash.update(Bytes(zeros).first(std::min(bytes - done, zeros.size())));
  }
  return hash.finish();
}

}  // namespace

std::uint64_t leaf_count(std::uint64_t size) {
  return size / limits::leaf_bytes + (size % limits::leaf_bytes != 0 ? 1 : 0);
}

void hash_leaves(Bytes data, std::span<Digest> out) {
  std::array<Bytes, limits::leaves_per_block> leaves;
  while (!data.empty()) {
    std::size_t count = 0;
    for (; count < leaves.size() && !data.empty(); ++count) {
      leaves[count] = data.first(std::min<std::size_t>(data.size(), limits::leaf_bytes));
      data = data.subspan(leaves[count].size());
    }
    md5_many(std::span(leaves).first(count), out.first(count));
    out = out.subspan(count);
  }
}

Digest zero_leaf(std::size_t bytes) {
  static const Digest full = hash_zeros(limits::leaf_bytes);
  return bytes == limits::leaf_bytes ? full : hash_zeros(bytes);
}

void TreeRoot::add(std::uint64_t first, std::span<const Digest> digests) {
  // No file is so long that the number of a leaf overflows.
  if (first > UINT64_MAX - digests.size()) given_up_ = true;
  for (std::size_t i = 0; i < digests.size() && !given_up_; ++i) {
    const std::uint64_t leaf = first + i;
    if (leaf == next_) {
      fold(digests[i]);
    } else if (leaf > next_) {
      waiting_.try_emplace(leaf, digests[i]);
      given_up_ = waiting_.size() > limits::pending_digests;
    }
  }
  if (given_up_) waiting_.clear();
}

// Folds this digest, and those that waited for it.
void TreeRoot::fold(const Digest& digest) {
  if (next_ == 0) only_ = digest;
  upper_.update(digest);
  ++next_;
  for (auto next = waiting_.begin(); next != waiting_.end() && next->first == next_; next = waiting_.erase(next)) {
    upper_.update(next->second);
    ++next_;
  }
}

std::optional<Digest> TreeRoot::finish(std::uint64_t size) {
  if (given_up_ || !waiting_.empty() || next_ != leaf_count(size)) return std::nullopt;
  return next_ == 1 ? only_ : upper_.finish();
}

}  // namespace dftp
