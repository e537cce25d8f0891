#include <numeric>

#include "client/feeds.h"
#include "client/sync/in_parallel.h"
#include "client/sync/side.h"
#include "client/transient.h"
#include "proto/wire/limits.h"
#include "proto/wire/path_order.h"

namespace dftp::sync {
namespace {

// Requests under way, well below what a session may have.
constexpr std::size_t width = limits::requests_in_flight / 2;

// What has been found so far.
class Listed {
 public:
  Listed(const RemotePath& top, const PathRules& rules) : top_(top), rules_(rules) {
    tree.top = top.is_root() ? "/" : top.absolute() + "/";
  }

  Result<void> add(const Found& part);
  SyncTree tree;

 private:
  const RemotePath& top_;
  const PathRules& rules_;
  std::set<std::string> left_out_;  // directories
};

Result<void> Listed::add(const Found& part) {
  if (part.targets.size() != part.paths.size())
    return fail(Code::unsupported, "find", "the server is too old to be compared with; update it");
  for (std::size_t i = 0; i < part.paths.size(); ++i) {
    const RemotePath& path = part.paths[i];
    const bool directory = part.types[i] == FileType::directory;
    if (path.is_root()) {
      if (!directory) return fail(Code::not_directory, top_.absolute(), "is no directory");
      continue;
    }
    const std::string name = path.relative(), parent = path.parent().relative();
    const bool within = left_out_.contains(parent);
    if (within || rules_.leaves_out(name, directory)) {
      if (!within) tree.keeping.insert(parent);
      if (directory) left_out_.insert(name);
      continue;
    }
    tree.entries.emplace(name, SyncEntry{part.types[i], part.sizes[i], part.mtimes[i], part.modes[i] & permission_bits,
                                         part.targets[i].bytes});
  }
  for (const WireError& error : part.errors) {
    const std::string top = top_.absolute(), &where = error.where.bytes;
    if (where == top) return std::unexpected(from_wire(error));
    tree.errors.push_back(from_wire(error));
    tree.unseen.insert(is_beneath(where, top) ? where.substr(top_.is_root() ? 1 : top.size() + 1) : everything);
  }
  return {};
}

class RemoteSide final : public SyncSide {
 public:
  RemoteSide(client::ServerHandle& session, RemotePath top)
      : executor_(session.executor()), session_(session), remote_(session), top_(std::move(top)) {}

  net::Task<Result<SyncTree>> list(const PathRules& rules) override;
  net::Task<Result<KeptTimes>> kept_times() override;
  net::Task<Result<std::vector<std::string>>> digests(const std::vector<std::string>& paths) override;
  net::Task<Result<void>> carry_out(const PlannedChange& change) override;

 private:
  net::Task<Result<SyncTree>> list_once(const PathRules& rules);
  net::Task<bool> ask_digest(const std::string& name, std::string& digest);
  Result<RemotePath> beneath(const std::string& path) const {
    const auto rest = RemotePath::parse(path);
    return rest ? top_.join(*rest) : rest;
  }

  const net::Executor executor_;
  client::ServerHandle& session_;
  client::Remote remote_;
  const RemotePath top_;
};

// A connection that was lost since it was last used is no reason to give up.
net::Task<Result<SyncTree>> RemoteSide::list(const PathRules& rules) {
  auto tree = co_await list_once(rules);
  if (!tree && client::is_transient(tree.error().code)) tree = co_await list_once(rules);
  co_return tree;
}

net::Task<Result<SyncTree>> RemoteSide::list_once(const PathRules& rules) {
  Find request{.path = top_, .targets = true};
  for (std::string& line : rules.lines(limits::find_rules_bytes)) request.prune.push_back({std::move(line)});
  Listed listed(top_, rules);
  const client::Take<Found> take = [&](const Found& part) { return listed.add(part); };
  client::Feeds feeds(session_);
  const auto reply = co_await feeds.find(request, take);
  if (!reply) co_return std::unexpected(reply.error());
  co_return std::move(listed.tree);
}

net::Task<Result<KeptTimes>> RemoteSide::kept_times() {
  auto times = co_await remote_.kept_times(top_);
  if (!times && !client::is_transient(times.error().code)) co_return KeptTimes();  // an older server, or denied
  co_return times;
}

net::Task<Result<std::vector<std::string>>> RemoteSide::digests(const std::vector<std::string>& paths) {
  std::vector<std::string> found(paths.size());
  std::deque<std::size_t> left(paths.size());
  std::iota(left.begin(), left.end(), 0);
  InParallel<std::size_t> asking(executor_, left, [&](std::size_t i) { return ask_digest(paths[i], found[i]); });
  co_await asking.run(width);
  co_return found;
}

net::Task<bool> RemoteSide::ask_digest(const std::string& name, std::string& digest) {
  const auto path = beneath(name);
  if (!path) co_return false;
  auto reply = co_await remote_.md5(*path);
  if (reply) digest = std::move(reply->md5);
  co_return reply.has_value();
}

net::Task<Result<void>> RemoteSide::carry_out(const PlannedChange& change) {
  const auto path = beneath(change.path), from = beneath(change.from);
  if (!path || !from) co_return std::unexpected(path ? from.error() : path.error());
  // Before the tree is there nothing can be found in it.
  client::Remote names = change.path.empty() ? remote_ : remote_.in(top_);
  switch (change.action) {
    case SyncAction::remove_file: {
      const auto removed = co_await names.remove(*path, false);
      if (!removed) co_return std::unexpected(removed.error());
      break;
    }
    case SyncAction::remove_directory: co_return co_await names.remove_directory(*path);
    case SyncAction::make_directory: co_return co_await names.make_directory(*path, true);
    case SyncAction::rename: co_return co_await names.rename(*from, *path, false);
    case SyncAction::set_time: co_return co_await names.set_mtime(*path, change.mtime_ns);
    case SyncAction::set_mode: co_return co_await names.set_mode(*path, change.mode);
    case SyncAction::send: break;
  }
  co_return Result<void>();
}

}  // namespace

std::unique_ptr<SyncSide> make_remote_side(client::ServerHandle& session, RemotePath top) {
  return std::make_unique<RemoteSide>(session, std::move(top));
}

}  // namespace dftp::sync
