#include "proto/transfer/filled_directory.h"

namespace dftp {
namespace {

constexpr std::uint32_t permissions = 0777;
// What is needed to fill it: to enter it, to make names in it, and to sync them.
constexpr std::uint32_t filling = 0700;
constexpr int max_links = 40;  // as the kernel follows

// The target of a link from where the link stands; nullopt when that is above the root.
std::optional<RemotePath> followed(const RemotePath& link, std::string_view target) {
  std::vector<std::string> names = link.parent().names();
  if (target.starts_with('/')) return std::nullopt;
  while (!target.empty()) {
    const std::string_view name = target.substr(0, target.find('/'));
    target.remove_prefix(std::min(name.size() + 1, target.size()));
    if (name.empty() || name == ".") continue;
    if (name != "..") {
      names.emplace_back(name);
    } else if (names.empty()) {
      return std::nullopt;
    } else {
      names.pop_back();
    }
  }
  RemotePath path;
  for (const std::string& name : names) {
    auto next = path.child(name);
    if (!next) return std::nullopt;
    path = std::move(*next);
  }
  return path;
}

// Modes and times are set without following a link, so the link that a target may be is followed here; `there` is what
// it must lead to. The path itself when that cannot be found out.
RemotePath without_link(Storage& storage, const RemotePath& path, const Attributes& there) {
  RemotePath at = path;
  for (int links = 0; links < max_links; ++links) {
    const auto target = storage.read_link(at);
    if (!target) break;
    auto next = followed(at, *target);
    if (!next) return path;
    at = std::move(*next);
  }
  const auto found = storage.stat(at, Links::keep);
  return found && found->type == FileType::directory && found->inode == there.inode ? at : path;
}

bool is_refusal(const Error& error) {
  return error.code == Code::denied || error.code == Code::read_only || error.code == Code::unsupported;
}

}  // namespace

Result<std::unique_ptr<FilledDirectory>> FilledDirectory::open(std::shared_ptr<Storage> storage, const RemotePath& path,
                                                               std::uint32_t mode, Modes modes) {
  const std::uint32_t wanted = mode & permissions;
  auto made = storage->make_directory(path, wanted | filling);
  if (!made && made.error().code != Code::exists) return std::unexpected(std::move(made.error()));
  std::unique_ptr<FilledDirectory> directory(new FilledDirectory(std::move(storage), path));
  if (made) {
    directory->made_ = true;
    directory->mode_ = wanted | filling;
    directory->final_mode_ = wanted;
  } else if (auto taken = directory->take_over(wanted, modes); !taken) {
    return std::unexpected(std::move(taken.error()));
  }
  return directory;
}

Result<void> FilledDirectory::take_over(std::uint32_t wanted, Modes modes) {
  const auto there = storage_->stat(path_, Links::follow);
  if (!there) return std::unexpected(there.error());
  if (there->type != FileType::directory)
    return fail(Code::not_directory, path_.absolute(), "a file is in the way of a directory");
  path_ = without_link(*storage_, path_, *there);
  mode_ = there->mode & permissions;
  // One that was made by a transfer that was killed still has what it was filled with.
  const bool left_open = modes == Modes::files && mode_ == (wanted | filling);
  final_mode_ = modes == Modes::all || left_open ? wanted : mode_;
  // Where it belongs to somebody else, that one has said who may write to it.
  if ((mode_ & filling) != filling && storage_->set_mode(path_, mode_ | filling)) mode_ |= filling;
  return {};
}

FilledDirectory::~FilledDirectory() {
  static_cast<void>(give_mode());
}

Result<void> FilledDirectory::finish(std::int64_t mtime_ns) {
  auto done = give_mode();
  if (done) done = storage_->set_mtime(path_, mtime_ns);
  if (!done && !made_ && is_refusal(done.error())) return {};
  return done;
}

Result<void> FilledDirectory::give_mode() {
  if (mode_ == final_mode_) return {};
  auto set = storage_->set_mode(path_, final_mode_);
  mode_ = final_mode_;
  return set;
}

}  // namespace dftp
