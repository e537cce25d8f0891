#include "client/sync/side.h"
#include "proto/storage/posix_storage.h"
#include "proto/transfer/read_through.h"

namespace dftp::sync {
namespace {

namespace fs = std::filesystem;

class LocalSide final : public SyncSide {
 public:
  LocalSide(net::DiskPool& pool, fs::path top) : pool_(pool), top_(std::move(top)) {}

  net::Task<Result<SyncTree>> list(const PathRules& rules) override {
    const auto read = [&] { return read_all(rules); };
    co_return co_await pool_.run(read);
  }

  net::Task<Result<KeptTimes>> kept_times() override {
    const auto find_out = [&] { return storage_->kept_times({}).value_or(KeptTimes()); };
    co_return co_await pool_.run(find_out);
  }

  net::Task<Result<std::vector<std::string>>> digests(const std::vector<std::string>& paths) override {
    std::vector<std::string> found;
    for (const std::string& path : paths) {
      auto digest = co_await digest_of(path);
      found.push_back(digest ? to_hex(*digest) : std::string());
    }
    co_return found;
  }

  net::Task<Result<void>> carry_out(const PlannedChange& change) override {
    const auto act = [&] { return change_now(change); };
    co_return co_await pool_.run(act);
  }

 private:
  Error named(Error error) const {
    error.where = error.where == "/" ? top_.string() : top_.string() + error.where;
    return error;
  }

  Result<void> open() {
    if (storage_) return {};
    auto opened = open_posix_storage(top_, InnerLinks::refuse);
    if (!opened) return std::unexpected(std::move(opened.error()));
    storage_ = std::move(*opened);
    return {};
  }

  Result<SyncTree> read_all(const PathRules& rules) {
    if (auto opened = open(); !opened) return std::unexpected(std::move(opened.error()));
    SyncTree tree{.top = (top_ / "").string()};
    std::vector<RemotePath> left(1);
    while (!left.empty()) {
      const RemotePath directory = std::move(left.back());
      left.pop_back();
      auto read = read_one(directory, rules, tree, left);
      if (!read && directory.is_root()) return std::unexpected(named(read.error()));
      if (!read) note_unseen(tree, directory.relative(), read.error());
    }
    return tree;
  }

  void note_unseen(SyncTree& tree, const std::string& path, const Error& why) const {
    tree.errors.push_back(named(why));
    tree.unseen.insert(path);
  }

  Result<void> read_one(const RemotePath& directory, const PathRules& rules, SyncTree& tree,
                        std::vector<RemotePath>& left) {
    auto listing = storage_->list(directory);
    if (!listing) return std::unexpected(std::move(listing.error()));
    while (true) {
      auto next = (*listing)->next();
      if (!next) return std::unexpected(std::move(next.error()));
      if (!*next) return {};
      const std::string& entry = (*next)->name;
      const std::string name = directory.is_root() ? entry : directory.relative() + "/" + entry;
      const bool is_directory = (*next)->type == FileType::directory;
      if (rules.leaves_out(name, is_directory)) {
        tree.keeping.insert(directory.relative());
        continue;
      }
      auto path = directory.child(entry);
      if (!path) {
        note_unseen(tree, name, {path.error().code, {}, "/" + name, path.error().detail});
        continue;
      }
      if (auto added = add(**listing, entry, *path, tree); !added) note_unseen(tree, name, added.error());
      if (is_directory) left.push_back(std::move(*path));
    }
  }

  Result<void> add(Listing& listing, const std::string& name, const RemotePath& path, SyncTree& tree) {
    auto known = listing.attributes(name);
    if (!known) return std::unexpected(std::move(known.error()));
    SyncEntry entry{known->type, known->size, known->mtime_ns, known->mode & permission_bits};
    if (known->type == FileType::symlink) {
      auto target = storage_->read_link(path);
      if (!target) return std::unexpected(std::move(target.error()));
      entry.target = std::move(*target);
    }
    tree.entries.emplace(path.relative(), std::move(entry));
    return {};
  }

  net::Task<Result<Digest>> digest_of(const std::string& path) {
    std::unique_ptr<ReadFile> file;
    std::uint64_t size = 0;
    const auto open_file = [&]() -> Result<void> {
      const auto place = RemotePath::parse(path);
      auto opened = place ? storage_->open(*place, Links::keep) : std::unexpected(place.error());
      auto known = opened ? (*opened)->attributes() : std::unexpected(opened.error());
      if (!known) return std::unexpected(std::move(known.error()));
      file = std::move(*opened);
      size = known->size;
      return {};
    };
    if (auto opened = co_await pool_.run(open_file); !opened) co_return std::unexpected(std::move(opened.error()));
    const std::function<bool()> never = [] { return false; };
    co_return co_await hash_whole(pool_, *file, size, never);
  }

  Result<void> change_now(const PlannedChange& change) {
    if (change.path.empty()) {
      std::error_code failed;
      fs::create_directories(top_, failed);
      if (failed) return fail_errno(failed.value(), top_);
      return {};
    }
    if (auto opened = open(); !opened) return opened;
    auto done = change_within(change);
    if (!done) return std::unexpected(named(std::move(done.error())));
    return done;
  }

  Result<void> change_within(const PlannedChange& change) {
    constexpr std::uint32_t new_directory = 0755;
    const auto path = RemotePath::parse(change.path), from = RemotePath::parse(change.from);
    if (!path || !from) return std::unexpected(path ? from.error() : path.error());
    switch (change.action) {
      case SyncAction::remove_file: return storage_->remove(*path);
      case SyncAction::remove_directory: return storage_->remove_directory(*path);
      case SyncAction::make_directory: return storage_->make_directory(*path, new_directory);
      case SyncAction::rename: return storage_->rename(*from, *path, false);
      case SyncAction::set_time: return storage_->set_mtime(*path, change.mtime_ns);
      case SyncAction::set_mode: return storage_->set_mode(*path, change.mode);
      case SyncAction::send: break;
    }
    return {};
  }

  net::DiskPool& pool_;
  const fs::path top_;
  std::shared_ptr<Storage> storage_;
};

}  // namespace

std::unique_ptr<SyncSide> make_local_side(net::DiskPool& pool, fs::path top) {
  return std::make_unique<LocalSide>(pool, std::move(top));
}

}  // namespace dftp::sync
