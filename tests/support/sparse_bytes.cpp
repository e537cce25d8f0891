#include "tests/support/sparse_bytes.h"

#include <algorithm>
#include <cstring>

namespace dftp {

SparseBytes::Page* SparseBytes::page_for_writing(std::uint64_t number) {
  const auto found = pages_.find(number);
  if (found != pages_.end()) return found->second.get();
  if (budget_->available() < page_bytes) return nullptr;
  budget_->used += page_bytes;
  return pages_.emplace(number, std::make_unique<Page>()).first->second.get();
}

SparseBytes::Pages::iterator SparseBytes::drop(Pages::iterator page) {
  budget_->used -= page_bytes;
  return pages_.erase(page);
}

std::size_t SparseBytes::read(std::uint64_t offset, MutableBytes out) const {
  if (offset >= size_) return 0;
  out = out.first(std::min<std::uint64_t>(out.size(), size_ - offset));
  for (std::size_t done = 0; done < out.size();) {
    const std::size_t at = (offset + done) % page_bytes;
    const std::size_t count = std::min(page_bytes - at, out.size() - done);
    const auto found = pages_.find((offset + done) / page_bytes);
    if (found == pages_.end()) {
      std::memset(out.data() + done, 0, count);
    } else {
      std::memcpy(out.data() + done, found->second->data() + at, count);
    }
    done += count;
  }
  return out.size();
}

bool SparseBytes::write(std::uint64_t offset, Bytes data) {
  while (!data.empty()) {
    const std::size_t at = offset % page_bytes;
    const std::size_t count = std::min(page_bytes - at, data.size());
    Page* page = page_for_writing(offset / page_bytes);
    if (!page) return false;
    std::memcpy(page->data() + at, data.data(), count);
    data = data.subspan(count);
    offset += count;
    size_ = std::max(size_, offset);
  }
  return true;
}

void SparseBytes::zero(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  for (auto page = pages_.lower_bound(offset / page_bytes); page != pages_.end();) {
    const std::uint64_t first = page->first * page_bytes;
    if (first >= end) break;
    const std::uint64_t from = std::max(offset, first), to = std::min(end, first + page_bytes);
    std::memset(page->second->data() + (from - first), 0, to - from);
    page = to - from == page_bytes ? drop(page) : std::next(page);
  }
  size_ = std::max(size_, end);
}

void SparseBytes::resize(std::uint64_t size) {
  if (size < size_) zero(size, size_ - size);
  for (auto page = pages_.lower_bound((size + page_bytes - 1) / page_bytes); page != pages_.end();) page = drop(page);
  size_ = size;
}

Extent SparseBytes::extent_at(std::uint64_t offset) const {
  if (offset >= size_) return {.offset = offset};
  auto page = pages_.lower_bound(offset / page_bytes);
  std::uint64_t number = offset / page_bytes;
  const bool hole = page == pages_.end() || page->first != number;
  if (hole) {
    const std::uint64_t end = page == pages_.end() ? size_ : page->first * page_bytes;
    return {offset, end - offset, true};
  }
  for (; page != pages_.end() && page->first == number; ++page) ++number;
  return {offset, std::min(size_, number * page_bytes) - offset, false};
}

bool SparseBytes::copy(const SparseBytes& other) {
  resize(0);
  for (const auto& [number, content] : other.pages_) {
    Page* page = page_for_writing(number);
    if (!page) return false;
    *page = *content;
  }
  size_ = other.size_;
  return true;
}

}  // namespace dftp
