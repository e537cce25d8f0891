// The content of a file in memory: pages that were written take space, others are holes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "proto/storage/storage.h"

namespace dftp {

// What all files together may take, and what they do take.
struct Budget {
  std::uint64_t capacity = 0;
  std::atomic<std::uint64_t> used = 0;
  std::uint64_t available() const { return capacity - used; }
};

class SparseBytes {
 public:
  explicit SparseBytes(std::shared_ptr<Budget> budget) : budget_(std::move(budget)) {}
  SparseBytes(const SparseBytes&) = delete;
  ~SparseBytes() { budget_->used -= allocated(); }

  std::uint64_t size() const { return size_; }
  std::uint64_t allocated() const { return pages_.size() * page_bytes; }

  std::size_t read(std::uint64_t offset, MutableBytes out) const;
  // False when the budget ends in the middle.
  bool write(std::uint64_t offset, Bytes data);
  void zero(std::uint64_t offset, std::uint64_t length);
  void resize(std::uint64_t size);
  Extent extent_at(std::uint64_t offset) const;
  // False as for write().
  bool copy(const SparseBytes& other);

 private:
  static constexpr std::size_t page_bytes = 4096;
  using Page = std::array<std::byte, page_bytes>;
  using Pages = std::map<std::uint64_t, std::unique_ptr<Page>>;

  Page* page_for_writing(std::uint64_t number);
  Pages::iterator drop(Pages::iterator page);

  std::shared_ptr<Budget> budget_;
  std::uint64_t size_ = 0;
  Pages pages_;
};

}  // namespace dftp
