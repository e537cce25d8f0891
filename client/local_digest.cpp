#include "client/local_digest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "proto/digest/tree.h"
#include "proto/storage/regular_file.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

// Until `room` is full or the file ends.
Result<std::size_t> read_piece(int file, MutableBytes room, const std::string& where) {
  std::size_t filled = 0;
  while (filled < room.size()) {
    const ssize_t got = ::read(file, room.data() + filled, room.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, where);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

Result<Digest> local_root(const std::filesystem::path& file) {
  const Descriptor opened = open_regular_at(AT_FDCWD, file.c_str(), O_RDONLY);
  if (!opened && errno == ENXIO) return fail(Code::unsupported, file, "is no regular file");
  struct ::stat status;
  if (!opened || ::fstat(opened.number(), &status) != 0) return fail_errno(errno, file);
  std::vector<std::byte> room(limits::block_data_bytes);
  std::vector<Digest> digests(limits::leaves_per_block);
  TreeRoot root;
  std::uint64_t size = 0;
  while (true) {
    const auto got = read_piece(opened.number(), room, file);
    if (!got) return std::unexpected(got.error());
    const auto leaves = std::span(digests).first(leaf_count(*got));
    hash_leaves(Bytes(room).first(*got), leaves);
    root.add(size / limits::leaf_bytes, leaves);
    size += *got;
    if (*got < room.size()) break;
  }
  const auto whole = root.finish(size);
  if (!whole || size != static_cast<std::uint64_t>(status.st_size))
    return fail(Code::changed, file, "the file changed while it was read");
  return *whole;
}

}  // namespace dftp::client
