#include "proto/storage/posix_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "proto/storage/content.h"
#include "proto/storage/locked_partial.h"
#include "proto/storage/nameless_file.h"
#include "proto/storage/rules.h"

namespace dftp {
namespace {

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor directory, const RemotePath& path)
      : directory_(std::make_shared<const Descriptor>(std::move(directory))),
        where_(path.is_root() ? "/" : path.absolute() + "/") {}

  Result<Attributes> stat(std::string_view name) override {
    if (auto valid = check(name); !valid) return std::unexpected(valid.error());
    const ParentAndName place = at(name);
    struct ::stat status;
    if (::fstatat(place.at(), place.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail_errno(errno, where(name));
    return content::attributes_from(status);
  }

  Result<std::unique_ptr<PartialFile>> make_file(std::string_view name, std::string_view owner) override {
    if (name.empty()) return fail_errno(EISDIR, where(name));
    if (auto valid = check(name); !valid) return std::unexpected(valid.error());
    ParentAndName place = at(name);
    auto made = make_nameless_file(place, where(name));
    if (made || made.error().code != Code::unsupported) return made;
    return emptied(open_locked_partial(std::move(place), owner, where(name)));
  }

 private:
  Result<void> check(std::string_view name) const {
    return name.empty() ? Result<void>() : check_name(name, where(name));
  }
  ParentAndName at(std::string_view name) const { return {directory_, std::string(name.empty() ? "." : name)}; }
  std::string where(std::string_view name) const { return where_ + std::string(name); }

  const std::shared_ptr<const Descriptor> directory_;
  const std::string where_;
};

}  // namespace

Result<std::unique_ptr<Directory>> open_posix_directory(const RootDirectory& root, const RemotePath& path) {
  auto opened = root.open(path, O_PATH | O_DIRECTORY);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<PosixDirectory>(std::move(*opened), path);
}

}  // namespace dftp
