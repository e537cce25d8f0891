// find, du.
#include <set>

#include "proto/wire/glob.h"
#include "proto/wire/limits.h"
#include "proto/wire/path_rules.h"
#include "server/commands/handlers.h"
#include "server/commands/tree_walker.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A part is sent when it has so many bytes of paths, or so much time has passed: somebody watches them come, and others
// wait for the thread. It stays well below a frame when each byte needs an escape of six.
constexpr std::size_t part_bytes = 64 * 1024;
constexpr auto part_time = 20ms;
// What an entry takes besides its path.
constexpr std::size_t entry_bytes = 32;
constexpr std::size_t any_depth = SIZE_MAX;

// Fills one part: `take` adds a visit to it and says how many bytes that took. False when the walk is over.
template <class Take>
Result<bool> fill_part(TreeWalker& walk, Take& take) {
  const auto end = Clock::now() + part_time;
  for (std::size_t bytes = 0; bytes < part_bytes && Clock::now() < end;) {
    auto visit = walk.next();
    if (!visit) return std::unexpected(std::move(visit.error()));
    if (!*visit) return false;
    bytes += take(**visit);
  }
  return true;
}

// Walks on the pool, part by part, and sends each that has something in it. `Taker` has `part`, reset() and a call
// operator for visits.
template <class Taker>
net::Task<Result<void>> send_parts(ActiveRequest& call, TreeWalker& walk, Taker& taker) {
  for (bool more = true; more;) {
    taker.reset();
    auto filled = co_await call.session.pools->disk.run([&] { return fill_part(walk, taker); });
    if (!filled) co_return std::unexpected(std::move(filled.error()));
    more = *filled;
    const bool empty = taker.part.paths.empty() && taker.part.errors.empty();
    Result<void> goes_on = call.running();
    if (!empty) goes_on = co_await call.push(taker.part);
    if (!goes_on) co_return goes_on;
  }
  co_return Result<void>();
}

std::size_t size_of(const RemotePath& path) {
  return path.absolute().size() + entry_bytes;
}

Result<PathRules> rules_of(const Find& request) {
  PathRules rules;
  std::size_t bytes = 0;
  for (const Name& line : request.prune) {
    bytes += line.bytes.size() + 1;  // a line takes memory also when nothing is in it
    const auto added = rules.add_line(line.bytes);
    if (!added || bytes > limits::find_rules_bytes)
      return fail(
          Code::invalid_request, "params.prune",
          added ? "must be " + std::to_string(limits::find_rules_bytes) + " bytes at most" : describe(added.error()));
  }
  return rules;
}

class Finder {
 public:
  Finder(const Find& request, const PathRules& rules, TreeWalker& walk)
      : request_(request), rules_(rules), walk_(walk) {}

  void reset() { part = {}; }
  std::size_t operator()(Visit& visit) {
    if (visit.what == Visit::What::leaves) return 0;
    if (visit.what == Visit::What::failed) return fail_with(*visit.error);
    const bool beneath = visit.attributes.type == FileType::directory && !visit.beneath.is_root();
    if (beneath && rules_.leaves_out(visit.beneath.relative(), true)) walk_.skip();
    if (!wanted(visit)) return 0;
    std::size_t bytes = size_of(visit.beneath);
    if (request_.targets) {
      auto target = target_of(visit);
      if (!target) return fail_with(target.error());
      bytes += target->size();
      part.targets.push_back({std::move(*target)});
    }
    ++reply.found;
    part.paths.push_back(std::move(visit.beneath));
    part.types.push_back(visit.attributes.type);
    part.sizes.push_back(visit.attributes.size);
    part.mtimes.push_back(visit.attributes.mtime_ns);
    part.modes.push_back(visit.attributes.mode);
    return bytes;
  }

  Found part;
  FindReply reply;

 private:
  bool wanted(const Visit& visit) const {
    const Attributes& known = visit.attributes;
    const bool file = known.type == FileType::file;
    if (!request_.types.empty() && std::ranges::find(request_.types, known.type) == request_.types.end()) return false;
    if (request_.least && (!file || known.size < *request_.least)) return false;
    if (request_.max && (!file || known.size > *request_.max)) return false;
    if (request_.newer && known.mtime_ns <= *request_.newer) return false;
    if (request_.name.empty()) return true;
    const RemotePath& named = visit.beneath.is_root() ? request_.path : visit.beneath;
    return glob_matches(request_.name.bytes, named.name());
  }

  // Empty for what is no link.
  Result<std::string> target_of(const Visit& visit) {
    if (visit.attributes.type != FileType::symlink) return std::string();
    const auto path = request_.path.join(visit.beneath);
    return path ? walk_.storage().read_link(*path) : std::unexpected(path.error());
  }

  std::size_t fail_with(const Error& error) {
    ++reply.failed;
    part.errors.push_back(to_wire(error));
    return error.where.size() + entry_bytes;
  }

  const Find& request_;
  const PathRules& rules_;
  TreeWalker& walk_;
};

class Adder {
 public:
  explicit Adder(const DiskUsage& request) : depth_(request.depth.value_or(UINT32_MAX)) {}

  void reset() { part = {}; }
  std::size_t operator()(Visit& visit) {
    switch (visit.what) {
      case Visit::What::failed:
        ++failed_;
        part.errors.push_back(to_wire(*visit.error));
        return size_of(visit.beneath);
      case Visit::What::found: add(visit); return 0;
      case Visit::What::leaves: return leave(visit);
    }
    return 0;
  }
  DiskUsageReply reply() const {
    const Sum& all = sums_.front();
    return {.size = all.size, .allocated = all.allocated, .files = all.files, .failed = failed_, .partials = partials_};
  }

  Used part;

 private:
  struct Sum {
    std::uint64_t size = 0, allocated = 0, files = 0;
  };

  // sums_[d] is of the directory d levels down that the walk is in; the first one keeps the whole.
  void add(const Visit& visit) {
    const Attributes& known = visit.attributes;
    const bool directory = known.type == FileType::directory;
    sums_.resize(std::max<std::size_t>(visit.depth, 1));
    if (directory && visit.depth > 0) sums_.emplace_back();
    Sum& sum = sums_.back();
    // A file of several names takes its space once.
    if (!directory && known.links > 1 && linked_.size() < limits::linked_files && !linked_.insert(known.inode).second)
      return;
    sum.files += directory ? 0 : 1;
    sum.size += directory ? 0 : known.size;
    sum.allocated += known.allocated;
  }

  std::size_t leave(Visit& visit) {
    sums_.resize(visit.depth + 1);
    partials_ += visit.partials.count;
    sums_.back().allocated += visit.partials.allocated;
    const Sum sum = sums_.back();
    if (visit.depth > 0) {
      sums_.pop_back();
      Sum& above = sums_.back();
      above.files += sum.files;
      above.size += sum.size;
      above.allocated += sum.allocated;
    }
    if (visit.depth > depth_) return 0;
    const std::size_t bytes = size_of(visit.beneath);
    part.paths.push_back(std::move(visit.beneath));
    part.sizes.push_back(sum.size);
    part.allocated.push_back(sum.allocated);
    part.files.push_back(sum.files);
    return bytes;
  }

  const std::size_t depth_;
  std::vector<Sum> sums_{1};
  std::set<std::uint64_t> linked_;  // inodes of files that have several names
  std::uint64_t failed_ = 0;
  std::uint64_t partials_ = 0;
};

}  // namespace

net::Task<Result<FindReply>> find(ActiveRequest& call, const Find& request) {
  if (auto feed = call.take_feed(); !feed) co_return std::unexpected(std::move(feed.error()));
  const auto rules = rules_of(request);
  if (!rules) co_return std::unexpected(rules.error());
  TreeWalker walk(*call.session.storage, request.path, request.depth ? *request.depth : any_depth);
  Finder finder(request, *rules, walk);
  auto sent = co_await send_parts(call, walk, finder);
  if (!sent) co_return std::unexpected(std::move(sent.error()));
  co_return finder.reply;
}

net::Task<Result<DiskUsageReply>> disk_usage(ActiveRequest& call, const DiskUsage& request) {
  if (auto feed = call.take_feed(); !feed) co_return std::unexpected(std::move(feed.error()));
  TreeWalker walk(*call.session.storage, request.path, any_depth);
  Adder adder(request);
  auto sent = co_await send_parts(call, walk, adder);
  if (!sent) co_return std::unexpected(std::move(sent.error()));
  co_return adder.reply();
}

}  // namespace dftp::server::commands
