#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "proto/storage/content.h"
#include "proto/storage/partial_lock.h"
#include "proto/storage/posix_file.h"
#include "proto/storage/rules.h"

namespace dftp {
namespace {

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

bool is_dot(std::string_view name) {
  return name == "." || name == "..";
}

// The entries of one directory, partials too.
class Entries {
 public:
  static Result<Entries> open(const RootDirectory& root, const RemotePath& path) {
    auto directory = root.open(path, O_RDONLY | O_DIRECTORY);
    if (!directory) return std::unexpected(directory.error());
    DIR* stream = ::fdopendir(directory->number());
    if (!stream) return fail_errno(errno, path.absolute());
    directory->release();
    return Entries(stream, path.absolute());
  }

  // nullptr at the end.
  Result<const dirent*> next() {
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(stream_.get());
      if (!entry && errno != 0) return fail_errno(errno, where_);
      if (!entry || !is_dot(entry->d_name)) return entry;
    }
  }

  Result<Attributes> attributes(const std::string& name) const {
    struct ::stat status;
    if (::fstatat(at(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno != EACCES) return fail_errno(errno, place(name));
      Error denied = from_errno(EACCES, where_);
      denied.detail += ": its names can be read, but nothing about them, for want of the permission to search it (x)";
      return std::unexpected(std::move(denied));
    }
    return content::attributes_from(status);
  }

  int at() const { return ::dirfd(stream_.get()); }
  std::string place(const std::string& name) const { return where_ == "/" ? "/" + name : where_ + "/" + name; }

 private:
  Entries(DIR* stream, std::string where) : stream_(stream), where_(std::move(where)) {}

  std::unique_ptr<DIR, CloseDirectory> stream_;
  std::string where_;
};

class PosixListing final : public Listing {
 public:
  explicit PosixListing(Entries entries) : entries_(std::move(entries)) {}

  Result<std::optional<DirectoryEntry>> next() override {
    while (true) {
      auto entry = entries_.next();
      if (!entry) return std::unexpected(entry.error());
      if (!*entry) return std::nullopt;
      if (is_reserved((*entry)->d_name)) {
        count_partial((*entry)->d_name);
        continue;
      }
      const std::string name = (*entry)->d_name;
      const auto type = type_of(**entry, name);
      if (type) return DirectoryEntry{name, *type};
      if (type.error().code != Code::not_found) return std::unexpected(type.error());  // else removed while we look
    }
  }

  Partials partials() const override { return partials_; }

  Result<Attributes> attributes(const std::string& name) override {
    if (auto valid = check_name(name, entries_.place(name)); !valid) return std::unexpected(valid.error());
    return entries_.attributes(name);
  }

  Result<OpenFile> open(const std::string& name) override {
    if (auto valid = check_name(name, entries_.place(name)); !valid) return std::unexpected(valid.error());
    return open_posix_file_at(entries_.at(), name, entries_.place(name));
  }

 private:
  void count_partial(const std::string& name) {
    const auto known = entries_.attributes(name);
    if (!known) return;  // gone meanwhile
    ++partials_.count;
    partials_.allocated += known->allocated;
  }

  Result<FileType> type_of(const dirent& entry, const std::string& name) const {
    switch (entry.d_type) {
      case DT_REG: return FileType::file;
      case DT_DIR: return FileType::directory;
      case DT_LNK: return FileType::symlink;
      case DT_UNKNOWN: break;  // the file system does not tell here
      default: return FileType::other;
    }
    auto known = entries_.attributes(name);
    if (!known) return std::unexpected(known.error());
    return known->type;
  }

  Entries entries_;
  Partials partials_;
};

bool is_old(const Attributes& attributes, std::chrono::seconds older_than) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::floor<std::chrono::seconds>(now - std::chrono::nanoseconds(attributes.ctime_ns)) >= older_than;
}

// Holds the lock while it removes: nobody can go on with the file meanwhile, and whoever waits for it finds the name
// gone.
bool remove_unheld(const Entries& entries, const std::string& name) {
  const Descriptor file = open_partial_file(entries.at(), name.c_str());
  if (!file || ::flock(file.number(), LOCK_EX | LOCK_NB) != 0) return false;
  auto held = content::attributes(file.number(), name);
  auto named = entries.attributes(name);
  if (!held || !named || held->inode != named->inode) return false;
  return ::unlinkat(entries.at(), name.c_str(), 0) == 0;
}

bool collect(const Entries& entries, const std::string& name, std::chrono::seconds older_than) {
  auto known = entries.attributes(name);
  if (!known || !is_old(*known, older_than)) return false;
  if (known->type == FileType::file) return remove_unheld(entries, name);
  // A link that was to replace another, left by a crash.
  return known->type == FileType::symlink && ::unlinkat(entries.at(), name.c_str(), 0) == 0;
}

// The reserved names of a directory for which `counts` is true.
template <class Counts>
Result<std::size_t> count_reserved(const RootDirectory& root, const RemotePath& path, Counts counts) {
  auto entries = Entries::open(root, path);
  if (!entries) return std::unexpected(entries.error());
  std::size_t count = 0;
  while (true) {
    auto entry = entries->next();
    if (!entry) return std::unexpected(entry.error());
    if (!*entry) return count;
    if (is_reserved((*entry)->d_name) && counts(*entries, (*entry)->d_name)) ++count;
  }
}

}  // namespace

Result<std::unique_ptr<Listing>> open_posix_listing(const RootDirectory& root, const RemotePath& path) {
  auto entries = Entries::open(root, path);
  if (!entries) return std::unexpected(entries.error());
  return std::make_unique<PosixListing>(std::move(*entries));
}

Result<std::size_t> collect_posix_partials(const RootDirectory& root, const RemotePath& path,
                                           std::chrono::seconds older_than) {
  return count_reserved(
      root, path, [&](const Entries& entries, const std::string& name) { return collect(entries, name, older_than); });
}

Result<std::size_t> count_posix_partials(const RootDirectory& root, const RemotePath& path) {
  return count_reserved(root, path, [](const Entries&, const std::string&) { return true; });
}

}  // namespace dftp
