#include "server/watch/tailed_file.h"

#include <algorithm>

namespace dftp::server {
namespace {

// A frame holds as much when each byte needs an escape of six.
constexpr std::size_t part_bytes = 64 * 1024;
constexpr std::size_t blocks_a_step = 64;

// The file that a path stands for, known again as long as it is there.
std::string id_of(const Attributes& attributes) {
  return std::to_string(attributes.inode);
}

}  // namespace

Result<void> TailedFile::open_file() {
  auto file = storage_.open(request_.path, Links::follow);
  if (!file) return std::unexpected(std::move(file.error()));
  auto attributes = (*file)->attributes();
  if (!attributes) return std::unexpected(std::move(attributes.error()));
  file_ = std::move(*file);
  id_ = id_of(*attributes);
  offset_ = attributes->size;
  return {};
}

Result<void> TailedFile::open() {
  if (auto opened = open_file(); !opened) return opened;
  if (request_.file.empty()) {
    lines_ = request_.lines;
    seeking_ = true;
  } else if (request_.file == id_ && request_.offset <= offset_) {
    offset_ = request_.offset;
  } else {
    to_tell_ = request_.file == id_ ? Tailed::What::truncated : Tailed::What::replaced;
    offset_ = 0;
  }
  return {};
}

Result<bool> TailedFile::find_lines() {
  if (!seeking_) return true;
  std::string block;
  for (std::size_t step = 0; step < blocks_a_step && offset_ > 0 && lines_ > 0; ++step) {
    const std::size_t size = std::min<std::uint64_t>(part_bytes, offset_);
    block.resize(size);
    auto got = file_->read_at(offset_ - size, std::as_writable_bytes(std::span(block)));
    if (!got) return std::unexpected(std::move(got.error()));
    block.resize(*got);
    std::size_t from = std::exchange(at_end_, false) && block.ends_with('\n') ? block.size() - 1 : block.size();
    while (from > 0) {
      const std::size_t newline = block.rfind('\n', from - 1);
      if (newline == block.npos) break;
      if (--lines_ == 0) {
        offset_ = offset_ - size + newline + 1;
        seeking_ = false;
        return true;
      }
      from = newline;
    }
    offset_ -= size;
  }
  seeking_ = offset_ > 0 && lines_ > 0;
  return !seeking_;
}

Result<std::optional<Tailed>> TailedFile::next() {
  if (to_tell_) return part(*std::exchange(to_tell_, std::nullopt));
  std::string data(part_bytes, '\0');
  auto got = file_->read_at(offset_, std::as_writable_bytes(std::span(data)));
  if (!got) return std::unexpected(std::move(got.error()));
  if (*got > 0) {
    data.resize(*got);
    offset_ += *got;
    return part(Tailed::What::data, std::move(data));
  }
  if (!request_.follow) return std::nullopt;
  auto attributes = file_->attributes();
  if (!attributes) return std::unexpected(std::move(attributes.error()));
  if (attributes->size >= offset_) return look_at_path();
  offset_ = 0;
  return part(Tailed::What::truncated);
}

// All of the open file is told: is it still the one that the path stands for?
Result<std::optional<Tailed>> TailedFile::look_at_path() {
  auto there = storage_.stat(request_.path, Links::follow);
  if (!there && there.error().code == Code::not_found) {
    if (std::exchange(removed_, true)) return std::nullopt;
    return part(Tailed::What::removed);
  }
  if (!there) return std::unexpected(std::move(there.error()));
  if (id_of(*there) == id_) {
    removed_ = false;
    return std::nullopt;
  }
  auto opened = open_file();
  if (!opened && opened.error().code == Code::not_found) return std::nullopt;
  if (!opened) return std::unexpected(std::move(opened.error()));
  offset_ = 0;
  removed_ = false;
  return part(Tailed::What::replaced);
}

Tailed TailedFile::part(Tailed::What what, std::string data) const {
  return {.what = what, .file = id_, .offset = offset_, .data = {std::move(data)}};
}

}  // namespace dftp::server
