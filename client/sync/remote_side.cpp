#include <numeric>

#include "client/sync/in_parallel.h"
#include "client/sync/side.h"
#include "client/transient.h"
#include "proto/wire/limits.h"

namespace dftp::sync {
namespace {

// Requests under way, well below what a session may have.
constexpr std::size_t width = limits::requests_in_flight / 2;

class RemoteSide final : public Side {
 public:
  RemoteSide(client::Session& session, RemotePath top)
      : executor_(session.executor()), remote_(session), top_(std::move(top)) {}

  net::Task<Result<Tree>> list(const Rules& rules) override;
  net::Task<Result<std::vector<std::string>>> digests(const std::vector<std::string>& paths) override;
  net::Task<Result<void>> carry_out(const Change& change) override;

 private:
  struct Listed {
    const Rules& rules;
    Tree tree;
    std::deque<RemotePath> directories, links;
    std::optional<Error> failed;  // nothing more can be learned
  };
  net::Task<bool> read_directory(Listed& listed, RemotePath directory);
  net::Task<bool> read_target(Listed& listed, RemotePath link);
  net::Task<bool> ask_digest(const std::string& name, std::string& digest);
  void add(Listed& listed, const RemotePath& directory, const client::RemoteEntry& found);
  // The server cannot be reached: true, and `listed` has failed.
  bool is_over(Listed& listed, const Error& error);
  Result<RemotePath> beneath(const std::string& path) const {
    const auto rest = RemotePath::parse(path);
    return rest ? top_.join(*rest) : rest;
  }

  const net::Executor executor_;
  client::Remote remote_;
  const RemotePath top_;
};

net::Task<Result<Tree>> RemoteSide::list(const Rules& rules) {
  Listed listed{rules, {}, {}, {}, {}};
  listed.directories.emplace_back();
  InParallel<RemotePath> reading(executor_, listed.directories,
                                 [&](RemotePath directory) { return read_directory(listed, std::move(directory)); });
  co_await reading.run(width);
  InParallel<RemotePath> asking(executor_, listed.links,
                                [&](RemotePath link) { return read_target(listed, std::move(link)); });
  co_await asking.run(width);
  if (listed.failed) co_return std::unexpected(std::move(*listed.failed));
  co_return std::move(listed.tree);
}

bool RemoteSide::is_over(Listed& listed, const Error& error) {
  if (!client::is_transient(error.code)) return false;
  listed.failed = error;
  listed.directories.clear();
  listed.links.clear();
  return true;
}

net::Task<bool> RemoteSide::read_directory(Listed& listed, RemotePath directory) {
  const auto path = top_.join(directory);
  if (!path) co_return listed.tree.errors.push_back(path.error()), false;
  client::RemoteListing listing = remote_.list(*path);
  while (true) {
    auto page = co_await listing.next();
    if (!page && directory.is_root()) listed.failed = page.error();
    if (!page && !is_over(listed, page.error())) listed.tree.errors.push_back(page.error());
    if (!page || page->empty()) co_return page.has_value();
    for (const client::RemoteEntry& found : *page) add(listed, directory, found);
  }
}

void RemoteSide::add(Listed& listed, const RemotePath& directory, const client::RemoteEntry& found) {
  auto path = directory.child(found.name);
  if (!path) return listed.tree.errors.push_back(path.error());
  if (listed.rules.leaves_out(path->relative(), found.type == FileType::directory)) {
    listed.tree.keeping.insert(directory.relative());
    return;
  }
  listed.tree.entries.emplace(path->relative(), Entry{found.type, found.size, found.mtime_ns});
  if (found.type == FileType::directory)
    listed.directories.push_back(std::move(*path));
  else if (found.type == FileType::symlink)
    listed.links.push_back(std::move(*path));
}

net::Task<bool> RemoteSide::read_target(Listed& listed, RemotePath link) {
  const auto path = top_.join(link);
  if (!path) co_return false;
  auto target = co_await remote_.read_link(*path);
  if (target) {
    listed.tree.entries.at(link.relative()).target = std::move(*target);
  } else if (!is_over(listed, target.error())) {
    listed.tree.entries.erase(link.relative());
    listed.tree.errors.push_back(target.error());
  }
  co_return target.has_value();
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

net::Task<Result<void>> RemoteSide::carry_out(const Change& change) {
  const auto path = beneath(change.path), from = beneath(change.from);
  if (!path || !from) co_return std::unexpected(path ? from.error() : path.error());
  switch (change.action) {
    case Action::remove_file: {
      const auto removed = co_await remote_.remove(*path, false);
      if (!removed) co_return std::unexpected(removed.error());
      break;
    }
    case Action::remove_directory: co_return co_await remote_.remove_directory(*path);
    case Action::make_directory: co_return co_await remote_.make_directory(*path, true);
    case Action::rename: co_return co_await remote_.rename(*from, *path, false);
    case Action::set_time: co_return co_await remote_.set_mtime(*path, change.mtime_ns);
    case Action::send: break;
  }
  co_return Result<void>();
}

}  // namespace

std::unique_ptr<Side> make_remote_side(client::Session& session, RemotePath top) {
  return std::make_unique<RemoteSide>(session, std::move(top));
}

}  // namespace dftp::sync
