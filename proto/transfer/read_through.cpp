#include "proto/transfer/read_through.h"

#include <array>

namespace dftp {
namespace {

// A few milliseconds of work.
constexpr std::uint64_t bytes_a_task = 4 * limits::block_data_bytes;

Result<void> read_range(ReadFile& file, std::uint64_t begin, std::uint64_t end, const TakeBlock& take) {
  thread_local const auto buffer = std::make_unique_for_overwrite<std::byte[]>(limits::block_data_bytes);
  for (std::uint64_t offset = begin; offset < end;) {
    const auto length = std::min(limits::block_data_bytes, end - offset);
    auto read = file.read_at(offset, {buffer.get(), length});
    if (!read) return std::unexpected(read.error());
    if (*read < length) return fail(Code::changed, {}, "the file became shorter while it was read");
    take(offset, Bytes(buffer.get(), length));
    offset += length;
  }
  return {};
}

}  // namespace

net::Task<Result<void>> read_through(net::DiskPool& pool, ReadFile& file, std::uint64_t size, const TakeBlock& take,
                                     const std::function<bool()>& stop) {
  for (std::uint64_t begin = 0; begin < size; begin += bytes_a_task) {
    if (stop()) co_return fail(Code::cancelled, {}, "stopped on request");
    const auto end = std::min(size, begin + bytes_a_task);
    auto read = co_await pool.run([&] { return read_range(file, begin, end, take); });
    if (!read) co_return read;
  }
  co_return Result<void>();
}

net::Task<Result<Digest>> hash_root(net::DiskPool& pool, ReadFile& file, std::uint64_t size,
                                    const std::function<bool()>& stop) {
  TreeRoot tree;
  const TakeBlock take = [&tree](std::uint64_t offset, Bytes block) {
    std::array<Digest, limits::leaves_per_block> digests;
    const auto leaves = std::span(digests).first(leaf_count(block.size()));
    hash_leaves(block, leaves);
    tree.add(offset / limits::leaf_bytes, leaves);
  };
  auto read = co_await read_through(pool, file, size, take, stop);
  if (!read) co_return std::unexpected(read.error());
  co_return tree.finish(size).value();
}

net::Task<Result<Digest>> hash_whole(net::DiskPool& pool, ReadFile& file, std::uint64_t size,
                                     const std::function<bool()>& stop) {
  Md5 md5;
  const TakeBlock take = [&md5](std::uint64_t, Bytes block) { md5.update(block); };
  auto read = co_await read_through(pool, file, size, take, stop);
  if (!read) co_return std::unexpected(read.error());
  co_return md5.finish();
}

}  // namespace dftp
