#include "proto/transfer/received_block.h"

#include <algorithm>

#include "proto/transfer/target_directory.h"
#include "proto/wire/exception.h"

namespace dftp {
namespace {

// A data payload of n leaves is n digests and more than (n - 1) leaves of bytes; this is the only n that fits.
std::size_t leaves_in(std::size_t payload) {
  return (payload + limits::leaf_bytes + sizeof(Digest) - 1) / (limits::leaf_bytes + sizeof(Digest));
}

void decide_arrival(ReceivedBlock& arrival, TargetDirectory& directory, const ReceiveOptions& options) {
  ReceiveState& file = *arrival.file;
  if (file.unreadable()) return;
  if (file.left_out) {
    arrival.verdict = Verdict::skip;
    file.dropped = true;
    return;
  }
  auto verdict =
      arrival.error ? std::unexpected(*arrival.error) : caught([&] { return decide(file, directory, options); });
  // A pipe's content is right behind its announcement.
  if (verdict && *verdict == Verdict::fetch && !file.size) {
    if (auto opened = caught([&] { return open_basis(file, options); }); !opened)
      verdict = std::unexpected(opened.error());
  }
  if (verdict) {
    arrival.verdict = *verdict;
  } else {
    arrival.error = verdict.error();
  }
  if (arrival.error || arrival.verdict != Verdict::fetch) file.dropped = true;
}

void hash_all(std::vector<ReceivedBlock>& arrivals) {
  std::vector<Bytes> leaves;
  for (auto& arrival : arrivals) {
    if (arrival.header.type != BlockType::data || !arrival.file || arrival.file->dropped) continue;
    const Bytes bytes = arrival.bytes();
    arrival.digests.resize(leaf_count(bytes.size()));
    for (std::size_t at = 0; at < bytes.size(); at += limits::leaf_bytes)
      leaves.push_back(bytes.subspan(at, std::min<std::size_t>(limits::leaf_bytes, bytes.size() - at)));
  }
  std::vector<Digest> digests(leaves.size());
  md5_many(leaves, digests);
  auto next = digests.begin();
  for (auto& arrival : arrivals) {
    std::copy_n(next, arrival.digests.size(), arrival.digests.begin());
    next += static_cast<std::ptrdiff_t>(arrival.digests.size());
  }
}

// Runs of good leaves go to the disk in one call each.
Result<void> write_good(ReceivedBlock& arrival, const ReceiveOptions& options) {
  ReceiveState& file = *arrival.file;
  const Bytes bytes = arrival.bytes();
  const auto good = [&](std::size_t leaf) { return arrival.digests[leaf] == arrival.expected_digest(leaf); };
  for (std::size_t leaf = 0; leaf < arrival.digests.size();) {
    if (!good(leaf)) {
      ++leaf;
      continue;
    }
    std::size_t end = leaf + 1;
    while (end < arrival.digests.size() && good(end)) ++end;
    const auto begin_byte = leaf * limits::leaf_bytes;
    const auto run =
        bytes.subspan(begin_byte, std::min<std::size_t>(end * limits::leaf_bytes, bytes.size()) - begin_byte);
    if (auto written = file.partial->write_at(arrival.header.offset + begin_byte, run); !written) return written;
    if (options.md5) hash_in_order(file, arrival.header.offset + begin_byte, run);
    leaf = end;
  }
  return {};
}

Result<void> write_arrival(ReceivedBlock& arrival, TargetDirectory& directory, const ReceiveOptions& options) {
  ReceiveState& file = *arrival.file;
  if (file.small()) {
    if (auto opened = open_small(file, directory); !opened) return opened;
  }
  if (!file.partial) return fail(Code::protocol, file.path.absolute(), "content that was not asked for");
  if (arrival.header.type == BlockType::zero) return file.partial->zero(arrival.header.offset, arrival.length());
  return write_good(arrival, options);
}

}  // namespace

bool ReceivedBlock::on_disk() const {
  return file && (header.type == BlockType::file || header.type == BlockType::data || header.type == BlockType::zero);
}

std::uint64_t ReceivedBlock::length() const {
  return header.type == BlockType::data ? bytes().size() : get_u64(payload.first<8>());
}

Bytes ReceivedBlock::bytes() const {
  return payload.subspan(leaves_in(payload.size()) * sizeof(Digest));
}

const Digest& ReceivedBlock::expected_digest(std::size_t leaf) const {
  return reinterpret_cast<const Digest*>(payload.data())[leaf];
}

Result<void> check_range(const ReceivedBlock& arrival) {
  const auto bad = [&](const char* why) { return fail(Code::protocol, arrival.file->path.absolute(), why); };
  const auto leaves = leaves_in(arrival.payload.size());
  if (arrival.header.type != BlockType::data && arrival.payload.size() != 8) return bad("a range without its length");
  if (arrival.header.type == BlockType::data &&
      (leaves == 0 || arrival.payload.size() <= leaves * sizeof(Digest) + (leaves - 1) * limits::leaf_bytes))
    return bad("a `data` block of an impossible length");
  const auto offset = arrival.header.offset, length = arrival.length();
  if (length == 0) return bad("a range of nothing");
  if (arrival.header.type == BlockType::zero && length > limits::zero_run_bytes) return bad("too many zeros at once");
  const auto size = arrival.file->size.value_or(limits::file_bytes);
  if (offset > size || length > size - offset) return bad("content beyond the file's end");
  const bool to_end = !arrival.file->size || offset + length == size;
  if (offset % limits::leaf_bytes != 0 || (length % limits::leaf_bytes != 0 && !to_end))
    return bad("content that is not on leaf edges");
  return {};
}

std::chrono::nanoseconds carry_out(std::vector<ReceivedBlock>& arrivals, const ReceiveOptions& options) {
  TargetDirectory directory(options);
  for (auto& arrival : arrivals)
    if (arrival.file && arrival.header.type == BlockType::file) decide_arrival(arrival, directory, options);
  const auto begun = std::chrono::steady_clock::now();
  hash_all(arrivals);
  const auto hashing = std::chrono::steady_clock::now() - begun;
  for (auto& arrival : arrivals) {
    if (!arrival.on_disk() || arrival.header.type == BlockType::file || arrival.file->dropped) continue;
    auto written = caught([&] { return write_arrival(arrival, directory, options); });
    if (!written) {
      arrival.error = written.error();
      arrival.file->dropped = true;
    } else {
      arrival.written = true;
    }
  }
  return hashing;
}

}  // namespace dftp
