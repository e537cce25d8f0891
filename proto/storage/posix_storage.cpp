#include "proto/storage/posix_storage.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "proto/storage/content.h"
#include "proto/storage/kept_times.h"
#include "proto/storage/locked_partial.h"
#include "proto/storage/move.h"
#include "proto/storage/posix_directory.h"
#include "proto/storage/posix_file.h"
#include "proto/storage/proc_path.h"
#include "proto/storage/rules.h"

namespace dftp {
namespace {

Result<void> done(int result, const RemotePath& path) {
  if (result != 0) return fail_errno(errno, path.absolute());
  return {};
}

// By one descriptor: what is changed is what was looked at, also when the name stands for something else meanwhile.
Result<void> change_mode(const ParentAndName& place, std::uint32_t mode, const RemotePath& path) {
  const Descriptor held(::openat(place.at(), place.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct ::stat status;
  if (!held || ::fstat(held.number(), &status) != 0) return fail_errno(errno, path.absolute());
  if (S_ISLNK(status.st_mode)) return fail_errno(EOPNOTSUPP, path.absolute());
  const mode_t wanted = (mode & 0777) | (S_ISDIR(status.st_mode) ? status.st_mode & 07000 : 0);
  if ((status.st_mode & 07777) == wanted) return {};
  // The only way to change the mode of what is open like this before Linux 6.6.
  return done(::chmod(proc_path(held.number()).c_str(), wanted), path);
}

// A box that one may put things into and not look into cannot be opened for this, but a file in it can: its whole file
// system becomes durable.
bool sync_unreadable(const RootDirectory& root, const RemotePath& path) {
  const auto directory = root.open(path, O_PATH | O_DIRECTORY);
  if (!directory) return false;
  const Descriptor file(::openat(directory->number(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  return file && ::syncfs(file.number()) == 0;
}

class PosixStorage final : public Storage {
 public:
  explicit PosixStorage(RootDirectory root) : root_(std::move(root)) {}

  Result<std::shared_ptr<Storage>> hold(const RemotePath& directory, Links links) override {
    auto holding =
        root_.hold(directory, links == Links::follow ? RootDirectory::Last::follow : RootDirectory::Last::refuse);
    if (!holding) return std::unexpected(std::move(holding.error()));
    return std::make_shared<PosixStorage>(std::move(*holding));
  }
  Result<Attributes> stat(const RemotePath& path, Links links) override;
  Result<std::unique_ptr<Listing>> list(const RemotePath& path) override { return open_posix_listing(root_, path); }
  Result<std::unique_ptr<ReadFile>> open(const RemotePath& path, Links links) override {
    return open_posix_file(root_, path, links);
  }
  Result<std::string> read_link(const RemotePath& path) override;
  Result<Space> space(const RemotePath& path) override;
  Result<KeptTimes> kept_times(const RemotePath& path) override;

  Result<OpenedPartial> open_partial(const RemotePath& target, std::string_view owner) override;
  Result<std::unique_ptr<Directory>> directory(const RemotePath& path) override {
    return open_posix_directory(root_, path);
  }
  Result<void> sync_directory(const RemotePath& path) override;
  Result<std::size_t> collect_partials(const RemotePath& directory, std::chrono::seconds older_than) override {
    return collect_posix_partials(root_, directory, older_than);
  }
  Result<std::size_t> count_partials(const RemotePath& directory) override {
    return count_posix_partials(root_, directory);
  }

  Result<void> make_directory(const RemotePath& path, std::uint32_t mode) override;
  Result<void> remove_directory(const RemotePath& path) override;
  Result<void> remove(const RemotePath& path) override;
  Result<void> rename(const RemotePath& from, const RemotePath& to, bool replace) override;
  Result<void> make_symlink(std::string_view target, const RemotePath& path, bool replace) override;
  Result<void> set_mode(const RemotePath& path, std::uint32_t mode) override;
  Result<void> set_mtime(const RemotePath& path, std::int64_t mtime_ns) override;

 private:
  const RootDirectory root_;
};

Result<Attributes> PosixStorage::stat(const RemotePath& path, Links links) {
  auto opened = root_.open(path, O_PATH | (links == Links::keep ? O_NOFOLLOW : 0));
  if (!opened) return std::unexpected(opened.error());
  return content::attributes(opened->number(), path.absolute());
}

Result<std::string> PosixStorage::read_link(const RemotePath& path) {
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  std::array<char, PATH_MAX> text;
  const ssize_t length = ::readlinkat(place->at(), place->name.c_str(), text.data(), text.size());
  if (length < 0 && errno == EINVAL) return fail(Code::unsupported, path.absolute(), "not a symbolic link");
  if (length < 0) return fail_errno(errno, path.absolute());
  return std::string(text.data(), static_cast<std::size_t>(length));
}

Result<Space> PosixStorage::space(const RemotePath& path) {
  auto opened = root_.open(path, O_PATH);
  if (!opened) return std::unexpected(opened.error());
  struct ::statvfs disk;
  if (::fstatvfs(opened->number(), &disk) != 0) return fail_errno(errno, path.absolute());
  return Space{.total = disk.f_blocks * disk.f_frsize,
               .free = disk.f_bfree * disk.f_frsize,
               .available = disk.f_bavail * disk.f_frsize,
               .files = disk.f_files,
               .files_free = disk.f_ffree};
}

Result<KeptTimes> PosixStorage::kept_times(const RemotePath& path) {
  auto opened = root_.open(path, O_PATH | O_DIRECTORY);
  if (!opened) return std::unexpected(opened.error());
  return kept_times_of(opened->number());
}

Result<Storage::OpenedPartial> PosixStorage::open_partial(const RemotePath& target, std::string_view owner) {
  auto place = root_.place(target);
  if (!place) return std::unexpected(place.error());
  return open_locked_partial(std::move(*place), owner, target.absolute());
}

Result<void> PosixStorage::sync_directory(const RemotePath& path) {
  auto opened = root_.open(path, O_RDONLY | O_DIRECTORY);
  if (!opened && opened.error().errno_name == "EACCES" && sync_unreadable(root_, path)) return {};
  if (!opened) return std::unexpected(opened.error());
  auto synced = content::sync(opened->number(), path.absolute());
  // A file system that cannot do this for a directory says EINVAL, and orders its names by itself.
  if (!synced && synced.error().errno_name == "EINVAL") return {};
  return synced;
}

Result<void> PosixStorage::make_directory(const RemotePath& path, std::uint32_t mode) {
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  if (::mkdirat(place->at(), place->name.c_str(), mode & 0777) != 0) return fail_errno(errno, path.absolute());
  // The umask may have taken bits away.
  return change_mode(*place, mode, path);
}

Result<void> PosixStorage::remove_directory(const RemotePath& path) {
  if (path.is_root()) return fail(Code::denied, "/", "the root of the share stays where it is");
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  const auto remove = [&] { return done(::unlinkat(place->at(), place->name.c_str(), AT_REMOVEDIR), path); };
  auto removed = remove();
  if (removed || removed.error().code != Code::not_empty) return removed;

  auto listing = list(path);
  if (!listing) return std::unexpected(listing.error());
  auto entry = (*listing)->next();
  if (!entry) return std::unexpected(entry.error());
  if (*entry) return removed;
  if (auto collected = collect_partials(path, std::chrono::seconds(0)); !collected) {
    return std::unexpected(collected.error());
  }
  removed = remove();
  if (!removed && removed.error().code == Code::not_empty) removed.error().detail = "an upload into it is running";
  return removed;
}

Result<void> PosixStorage::remove(const RemotePath& path) {
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  return done(::unlinkat(place->at(), place->name.c_str(), 0), path);
}

Result<void> PosixStorage::rename(const RemotePath& from, const RemotePath& to, bool replace) {
  if (auto allowed = check_rename(from, to); !allowed) return allowed;
  auto source = root_.place(from);
  if (!source) return std::unexpected(source.error());
  auto target = root_.place(to);
  if (!target) return std::unexpected(target.error());
  auto moved = move_name(*source, *target, replace, to.absolute());
  if (!moved && moved.error().code == Code::not_found) moved.error().where = from.absolute();
  if (!moved && moved.error().code == Code::not_empty)
    moved.error().detail = "is a directory that is not empty, and is not replaced; nothing was moved";
  return moved;
}

Result<void> PosixStorage::make_symlink(std::string_view target, const RemotePath& path, bool replace) {
  if (auto valid = check_link(target, path); !valid) return valid;
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  const std::string text(target);
  if (::symlinkat(text.c_str(), place->at(), place->name.c_str()) == 0) return {};
  if (errno != EEXIST || !replace) return fail_errno(errno, path.absolute());
  if (auto free = check_replaceable(*place, path.absolute()); !free) return free;
  const ParentAndName made{place->directory, unused_partial_name()};
  if (::symlinkat(text.c_str(), made.at(), made.name.c_str()) != 0) return fail_errno(errno, path.absolute());
  auto moved = move_name(made, *place, true, path.absolute());
  if (!moved) ::unlinkat(made.at(), made.name.c_str(), 0);
  return moved;
}

Result<void> PosixStorage::set_mode(const RemotePath& path, std::uint32_t mode) {
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  return change_mode(*place, mode, path);
}

Result<void> PosixStorage::set_mtime(const RemotePath& path, std::int64_t mtime_ns) {
  auto place = root_.place(path);
  if (!place) return std::unexpected(place.error());
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, content::time_from(mtime_ns)};
  return done(::utimensat(place->at(), place->name.c_str(), times, AT_SYMLINK_NOFOLLOW), path);
}

}  // namespace

Result<std::unique_ptr<Storage>> open_posix_storage(const std::filesystem::path& root, InnerLinks links) {
  auto beneath = RootDirectory::open(root, links);
  if (!beneath) return std::unexpected(beneath.error());
  return std::make_unique<PosixStorage>(std::move(*beneath));
}

Result<std::unique_ptr<Storage>> open_posix_storage(const RootDirectory& root, const RemotePath& path) {
  auto beneath = root.narrowed(path);
  if (!beneath) return std::unexpected(beneath.error());
  return std::make_unique<PosixStorage>(std::move(*beneath));
}

}  // namespace dftp
