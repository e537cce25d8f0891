#include "proto/transfer/send_state.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace dftp {
namespace {

// Below this a copy costs less than what is done to spare it.
constexpr std::uint64_t worth_leaving = 256 << 10;

Error changed(const SendState& file) {
  return {Code::changed, {}, file.path.absolute(), "the source changed while it was read"};
}

Result<void> read_all(const Piece& piece, std::uint64_t offset, MutableBytes out) {
  auto read = piece.file->file->read_at(offset, out);
  if (!read) return std::unexpected(read.error());
  if (*read < out.size()) return std::unexpected(changed(*piece.file));
  return {};
}

// The extent that holds `offset`, from there on.
Result<Extent> extent_at(SendState& file, std::uint64_t offset) {
  if (!file.sparse()) return Extent{offset, file.size() - offset, false};
  const std::lock_guard lock(file.lock);
  Extent& known = file.extent;
  if (!known.holds(offset)) {
    auto found = file.file->extent_at(offset);
    if (!found) return found;
    known = *found;
  }
  return Extent{offset, known.offset + known.length - offset, known.hole};
}

std::uint64_t round_down(std::uint64_t bytes) {
  return bytes / limits::leaf_bytes * limits::leaf_bytes;
}

void add_zero_leaves(std::uint64_t bytes, std::vector<Digest>& digests) {
  static const Digest whole = zero_leaf(limits::leaf_bytes);
  digests.insert(digests.end(), bytes / limits::leaf_bytes, whole);
  if (const auto rest = bytes % limits::leaf_bytes) digests.push_back(zero_leaf(rest));
}

void hash_timed(Bytes bytes, std::span<Digest> digests, OutBuffer& out) {
  const auto begun = std::chrono::steady_clock::now();
  hash_leaves(bytes, digests);
  out.hashing += std::chrono::steady_clock::now() - begun;
}

// Of bytes that are about to be sent, from the leaf at `offset` on. True when what was remembered of them was wrong.
bool digest_block(const Piece& piece, std::uint64_t offset, OutBuffer::Data& block, OutBuffer& out) {
  DigestCache::File* leaves = piece.file->leaves.get();
  const auto first = offset / limits::leaf_bytes;
  const bool known = leaves && leaves->get(first, block.digests);
  if (known && !piece.again) return false;
  std::vector<Digest> remembered;
  if (known) remembered.assign(block.digests.begin(), block.digests.end());
  hash_timed(block.bytes, block.digests, out);
  const bool wrong = known && !std::ranges::equal(remembered, block.digests);
  if (wrong) leaves->forget();
  if (leaves) leaves->put(first, block.digests);
  return wrong;
}

// The receiver has nothing here: read straight into the block that goes out.
Result<void> read_fresh(const Piece& piece, std::uint64_t offset, std::uint64_t length, OutBuffer& out,
                        ReadPiece& result) {
  auto block = out.data(piece.file->item.number, offset, length);
  if (auto read = read_all(piece, offset, block.bytes); !read) return read;
  result.forgot |= digest_block(piece, offset, block, out);
  result.digests.insert(result.digests.end(), block.digests.begin(), block.digests.end());
  result.moved += length;
  return {};
}

// The receiver has something here: send the runs of leaves that differ. What is known need not be read for that.
Result<void> read_compared(const Piece& piece, OutBuffer& out, ReadPiece& result) {
  thread_local const auto scratch = std::make_unique_for_overwrite<std::byte[]>(limits::block_data_bytes);
  const Want& want = piece.want;
  const SendState& file = *piece.file;
  const MutableBytes bytes(scratch.get(), want.length);
  result.digests.resize(want.digests.size());
  const bool known = file.leaves && file.leaves->get(want.offset / limits::leaf_bytes, result.digests);
  if (!known) {
    if (auto read = read_all(piece, want.offset, bytes); !read) return read;
    hash_timed(bytes, result.digests, out);
    if (file.leaves) file.leaves->put(want.offset / limits::leaf_bytes, result.digests);
  }
  for (std::size_t leaf = 0; leaf < want.digests.size();) {
    const bool same = result.digests[leaf] == want.digests[leaf];
    std::size_t end = leaf + 1;
    while (end < want.digests.size() && (result.digests[end] == want.digests[end]) == same) ++end;
    const std::uint64_t begin_byte = leaf * limits::leaf_bytes;
    const std::uint64_t length = std::min<std::uint64_t>(end * limits::leaf_bytes, want.length) - begin_byte;
    const auto offset = want.offset + begin_byte;
    if (same) {
      out.block_u64({.type = BlockType::same, .id = file.item.number, .offset = offset}, length);
      result.same += length;
    } else {
      auto block = out.data(file.item.number, offset, length);
      std::copy_n(result.digests.begin() + static_cast<std::ptrdiff_t>(leaf), end - leaf, block.digests.begin());
      if (!known) std::ranges::copy(bytes.subspan(begin_byte, length), block.bytes.begin());
      if (auto read = known ? read_all(piece, offset, block.bytes) : Result<void>(); !read) return read;
      result.moved += length;
    }
    leaf = end;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ReadFile>> open_for_sending(const SendState& file) {
  auto opened = file.storage->open(file.path, file.item.path.is_root() ? Links::follow : Links::keep);
  if (!opened) return opened;
  if (auto same = check_unchanged(file, **opened); !same) return std::unexpected(same.error());
  if (file.size() > 0 || file.pipe) return opened;
  if (auto empty = check_empty(**opened, file.path.absolute()); !empty) return std::unexpected(empty.error());
  return opened;
}

Result<void> check_empty(ReadFile& file, const std::string& where) {
  std::byte first{};
  const auto read = file.read_at(0, {&first, 1});
  if (!read) return std::unexpected(read.error());
  if (*read == 0) return {};
  return fail(Code::unsupported, where, "says that it is empty, and is not; named alone it is sent to its end");
}

Result<void> check_unchanged(const SendState& file, ReadFile& opened) {
  if (file.pipe) return {};
  auto now = opened.attributes();
  if (!now) return std::unexpected(now.error());
  if (version_of(*now) != version_of(file.announced)) return std::unexpected(changed(file));
  return {};
}

Result<ReadPiece> read_piece(const Piece& piece, OutBuffer& out) {
  ReadPiece result;
  const Want& want = piece.want;
  if (!want.digests.empty()) {
    if (auto read = read_compared(piece, out, result); !read) return std::unexpected(read.error());
    result.taken = want.length;
    return result;
  }
  const std::uint64_t size = piece.file->size();
  for (std::uint64_t data_left = limits::block_data_bytes; result.taken < want.length && data_left > 0;) {
    const auto offset = want.offset + result.taken;
    const auto left = want.length - result.taken;
    auto extent = extent_at(*piece.file, offset);
    if (!extent) return std::unexpected(extent.error());
    const bool to_end = offset + extent->length >= size;
    const auto hole = extent->hole ? (to_end ? left : round_down(extent->length)) : 0;
    if (hole > 0) {
      const auto length = std::min({hole, left, limits::zero_run_bytes});
      out.block_u64({.type = BlockType::zero, .id = piece.file->item.number, .offset = offset}, length);
      add_zero_leaves(length, result.digests);
      result.taken += length;
      if (length == limits::zero_run_bytes) break;
      continue;
    }
    // Data up to the leaf in which the next hole may begin; a hole shorter than a leaf is data.
    const auto run =
        extent->hole ? limits::leaf_bytes : leaf_count(std::max<std::uint64_t>(extent->length, 1)) * limits::leaf_bytes;
    const auto length = std::min({run, left, data_left});
    if (auto read = read_fresh(piece, offset, length, out, result); !read) return std::unexpected(read.error());
    result.taken += length;
    data_left -= std::min(data_left, leaf_count(length) * limits::leaf_bytes);
  }
  return result;
}

std::optional<ReadPiece> leave_in_file(const Piece& piece, OutBuffer& out) {
  const Want& want = piece.want;
  const SendState& file = *piece.file;
  if (!out.takes_file() || !file.leaves || piece.again || !want.digests.empty() || file.sparse() ||
      want.length < worth_leaving || want.length > limits::block_data_bytes)
    return std::nullopt;
  std::vector<Digest> digests(leaf_count(want.length));
  if (!file.leaves->get(want.offset / limits::leaf_bytes, digests)) return std::nullopt;
  net::UniqueFd from(::fcntl(file.file->descriptor(), F_DUPFD_CLOEXEC, 0));
  if (!from) return std::nullopt;
  std::ranges::copy(digests, out.data_in_file(file.item.number, want.offset, want.length, std::move(from)).begin());
  return ReadPiece{std::move(digests), want.length, want.length, 0, false};
}

std::optional<ReadPiece> read_cached_piece(const Piece& piece, OutBuffer& out) {
  const Want& want = piece.want;
  if (!want.digests.empty() || piece.file->sparse() || want.length > limits::block_data_bytes) return std::nullopt;
  const auto before = out.size();
  auto block = out.data(piece.file->item.number, want.offset, want.length);
  if (piece.file->file->read_cached(want.offset, block.bytes) < want.length) {
    out.rewind(before);
    return std::nullopt;
  }
  const bool forgot = digest_block(piece, want.offset, block, out);
  return ReadPiece{{block.digests.begin(), block.digests.end()}, want.length, want.length, 0, forgot};
}

Result<ReadPiece> read_pipe(SendState& file, OutBuffer& out, bool md5) {
  if (!file.file) {
    auto opened = open_for_sending(file);
    if (!opened) return std::unexpected(opened.error());
    file.file = std::move(*opened);
  }
  const auto buffer = std::make_unique_for_overwrite<std::byte[]>(limits::block_data_bytes);
  auto read = file.file->read_at(file.size(), {buffer.get(), limits::block_data_bytes});
  if (!read) return std::unexpected(read.error());
  ReadPiece result;
  result.moved = result.taken = *read;
  if (*read == 0) return result;
  const Bytes bytes(buffer.get(), *read);
  auto block = out.data(file.item.number, file.size(), *read);
  std::ranges::copy(bytes, block.bytes.begin());
  hash_timed(block.bytes, block.digests, out);
  if (md5) file.whole.update(bytes);
  result.digests.assign(block.digests.begin(), block.digests.end());
  return result;
}

}  // namespace dftp
