// md5, digests, roots: a piece at a time, so that a large file neither keeps a thread of the pool from others nor goes
// on when the session has ended or the request is cancelled. On threads of their own: whoever asks for many digests
// keeps others waiting for digests only.
#include <algorithm>

#include "proto/digest/tree.h"
#include "proto/wire/encoding.h"
#include "proto/wire/limits.h"
#include "server/commands/handlers.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

// A thread's, not a request's: a client may have many of those under way.
MutableBytes room_for_piece() {
  thread_local std::vector<std::byte> room(limits::block_data_bytes);
  return room;
}

// A file that is hashed, and what it was at the beginning.
struct Hashed {
  std::unique_ptr<ReadFile> file;
  Attributes attributes;
  std::string where;

  // Until the piece, or the file's known size, is full; short only when the file has shrunk.
  Result<Bytes> read(std::uint64_t offset) const {
    const auto wanted = std::min<std::uint64_t>(limits::block_data_bytes, attributes.size - offset);
    const MutableBytes room = room_for_piece().first(wanted);
    auto got = file->read_at(offset, room);
    if (!got) return std::unexpected(got.error());
    if (*got < wanted) return changed();
    return Bytes(room);
  }
  Result<void> still_the_same() const {
    auto now = file->attributes();
    if (!now) return std::unexpected(now.error());
    if (version_of(*now) != version_of(attributes)) return changed();
    return {};
  }
  std::unexpected<Error> changed() const { return fail(Code::changed, where, "the file changed while it was read"); }
};

Result<Hashed> open(Storage& storage, const RemotePath& path) {
  auto file = storage.open(path, Links::follow);
  if (!file) return std::unexpected(file.error());
  auto attributes = (*file)->attributes();
  if (!attributes) return std::unexpected(attributes.error());
  return Hashed{std::move(*file), *attributes, path.absolute()};
}

// Reads from `begin` to `end` on the pool and gives each piece to `take` there.
template <class Take>
net::Task<Result<void>> for_each_piece(ActiveRequest& call, Hashed& hashed, std::uint64_t begin, std::uint64_t end,
                                       Take& take) {
  for (std::uint64_t offset = begin; offset < end; offset += limits::block_data_bytes) {
    if (auto goes_on = call.running(); !goes_on) co_return goes_on;
    auto taken = co_await call.session.pools->hashing.run([&]() -> Result<void> {
      auto piece = hashed.read(offset);
      if (!piece) return std::unexpected(piece.error());
      take(piece->first(std::min<std::uint64_t>(piece->size(), end - offset)));
      return {};
    });
    if (!taken) co_return taken;
  }
  co_return co_await call.session.pools->hashing.run([&] { return hashed.still_the_same(); });
}

// Folds pieces, one behind the other, into the root of their file.
struct HashRoot {
  TreeRoot root{};
  std::uint64_t leaf = 0;
  void operator()(Bytes piece) {
    std::array<Digest, limits::leaves_per_block> digests;
    const std::uint64_t count = leaf_count(piece.size());
    const auto room = std::span(digests).first(count);
    hash_leaves(piece, room);
    root.add(leaf, room);
    leaf += count;
  }
};

struct HashInto {
  std::span<Digest> left;
  void operator()(Bytes piece) {
    hash_leaves(piece, left);
    left = left.subspan(leaf_count(piece.size()));
  }
};

// The files of a `roots` request, and those who hash them.
struct RootQueue {
  const RootsOf& request;
  RootsReply& reply;
  std::size_t next = 0;
};

net::Task<Result<Digest>> root_of(ActiveRequest& call, const RemotePath& path, std::uint64_t& size) {
  auto hashed = co_await call.session.pools->hashing.run([&] { return open(*call.session.storage, path); });
  if (!hashed) co_return std::unexpected(hashed.error());
  HashRoot take;
  size = hashed->attributes.size;
  auto read = co_await for_each_piece(call, *hashed, 0, size, take);
  if (!read) co_return std::unexpected(read.error());
  co_return *take.root.finish(size);  // all leaves came, in order
}

net::Task<bool> hash_roots(ActiveRequest& call, RootQueue& queue) {
  while (queue.next < queue.request.paths.size() && call.running()) {
    const std::size_t number = queue.next++;
    auto root = co_await root_of(call, queue.request.paths[number], queue.reply.sizes[number]);
    if (root) {
      queue.reply.roots[number] = to_hex(as_text(std::as_bytes(std::span(*root))));
    } else {
      queue.reply.errors[number] = to_wire(root.error());
    }
  }
  co_return true;
}

}  // namespace

net::Task<Result<RootsReply>> roots_of(ActiveRequest& call, const RootsOf& request) {
  const std::size_t count = request.paths.size();
  if (count > limits::sources_per_request)
    co_return fail(Code::too_many, "params.paths", "more than " + std::to_string(limits::sources_per_request));
  RootsReply reply;
  reply.roots.resize(count);
  reply.sizes.resize(count);
  reply.errors.resize(count);
  RootQueue queue{request, reply};
  co_await net::both(hash_roots(call, queue), hash_roots(call, queue));
  if (auto goes_on = call.running(); !goes_on) co_return std::unexpected(std::move(goes_on.error()));
  co_return reply;
}

net::Task<Result<Md5Reply>> md5_of(ActiveRequest& call, const Md5Of& request) {
  auto hashed = co_await call.session.pools->hashing.run([&] { return open(*call.session.storage, request.path); });
  if (!hashed) co_return std::unexpected(hashed.error());
  Md5 md5;
  auto take = [&](Bytes piece) { md5.update(piece); };
  auto read = co_await for_each_piece(call, *hashed, 0, hashed->attributes.size, take);
  if (!read) co_return std::unexpected(read.error());
  co_return Md5Reply{to_hex(md5.finish()), hashed->attributes.size, version_of(hashed->attributes)};
}

net::Task<Result<DigestsReply>> digests(ActiveRequest& call, const Digests& request) {
  auto hashed = co_await call.session.pools->hashing.run([&] { return open(*call.session.storage, request.path); });
  if (!hashed) co_return std::unexpected(hashed.error());
  const std::uint64_t size = hashed->attributes.size, leaves = leaf_count(size);
  const std::uint64_t first = std::min(request.first, leaves);
  const std::uint64_t max =
      request.count == 0 ? limits::digests_page : std::min<std::uint64_t>(request.count, limits::digests_page);
  const std::uint64_t count = std::min(max, leaves - first);
  std::vector<Digest> found(count);
  // Its two halves side by side.
  HashInto lower{std::span(found).first(count / 2)}, upper{std::span(found).subspan(count / 2)};
  const std::uint64_t begin = first * limits::leaf_bytes, middle = begin + count / 2 * limits::leaf_bytes;
  const std::uint64_t end = std::min(size, begin + count * limits::leaf_bytes);
  auto [one, two] = co_await net::both(for_each_piece(call, *hashed, begin, middle, lower),
                                       for_each_piece(call, *hashed, middle, end, upper));
  if (!one || !two) co_return std::unexpected(one ? two.error() : one.error());
  const auto text = as_text(std::as_bytes(std::span(found)));
  co_return DigestsReply{size, version_of(hashed->attributes), to_base64(text)};
}

}  // namespace dftp::server::commands
