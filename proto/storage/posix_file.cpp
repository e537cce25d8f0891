#include "proto/storage/posix_file.h"

#include <fcntl.h>

#include "proto/storage/content.h"
#include "proto/storage/regular_file.h"

namespace dftp {
namespace {

class PosixFile final : public ReadFile {
 public:
  PosixFile(Descriptor file, std::string where) : file_(std::move(file)), where_(std::move(where)) {}

  Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    return content::read(file_.number(), offset, out, where_);
  }
  std::size_t read_cached(std::uint64_t offset, MutableBytes out) override {
    return content::read_cached(file_.number(), offset, out);
  }
  Result<Attributes> attributes() override { return content::attributes(file_.number(), where_); }
  Result<Extent> extent_at(std::uint64_t offset) override { return content::extent_at(file_.number(), offset, where_); }
  int descriptor() const override { return file_.number(); }

 private:
  Descriptor file_;
  std::string where_;
};

Result<Attributes> check_regular(const Descriptor& file, const std::string& where) {
  auto known = content::attributes(file.number(), where);
  if (!known) return known;
  switch (known->type) {
    case FileType::file: return known;
    case FileType::directory: return fail(Code::is_directory, where, "a directory, not a file");
    case FileType::symlink: return fail(Code::unsupported, where, "a symbolic link, not a file");
    case FileType::other: break;
  }
  return fail(Code::unsupported, where, "not a regular file");
}

}  // namespace

Result<std::unique_ptr<ReadFile>> open_posix_file(const RootDirectory& root, const RemotePath& path, Links links) {
  const int follow = links == Links::keep ? O_NOFOLLOW : 0;
  const auto held = root.open(path, O_PATH | follow);
  if (!held) return std::unexpected(held.error());
  if (auto regular = check_regular(*held, path.absolute()); !regular) return std::unexpected(regular.error());
  Descriptor file = open_regular(*held, O_RDONLY | follow, [&](int flags) {
    auto named = root.open(path, flags);
    return named ? std::move(*named) : Descriptor();
  });
  if (!file) return fail_errno(errno, path.absolute());
  return std::make_unique<PosixFile>(std::move(file), path.absolute());
}

Result<OpenFile> open_posix_file_at(int directory, const std::string& name, std::string where) {
  const Descriptor held(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!held) return fail_errno(errno, where);
  auto known = check_regular(held, where);
  if (!known) return std::unexpected(known.error());
  Descriptor file = open_regular(held, O_RDONLY | O_NOFOLLOW,
                                 [&](int flags) { return Descriptor(::openat(directory, name.c_str(), flags)); });
  if (!file) return fail_errno(errno, where);
  return OpenFile{std::make_unique<PosixFile>(std::move(file), std::move(where)), *known};
}

}  // namespace dftp
