#include "proto/storage/posix_file.h"

#include <fcntl.h>

#include "proto/storage/content.h"

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

constexpr int reading = O_RDONLY | O_NONBLOCK | O_NOCTTY;

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

Result<Descriptor> open_if_regular(const Beneath& root, const RemotePath& path, int flags) {
  auto opened = root.open(path, flags);
  if (!opened) return opened;
  if (auto regular = check_regular(*opened, path.absolute()); !regular) return std::unexpected(regular.error());
  return opened;
}

}  // namespace

Result<std::unique_ptr<ReadFile>> open_posix_file(const Beneath& root, const RemotePath& path, Links links) {
  const int follow = links == Links::keep ? O_NOFOLLOW : 0;
  // Opening a FIFO wakes its writer and opening a tape winds it back; O_PATH does nothing of the kind. Whatever is
  // swapped in afterwards can at least not block.
  if (auto looked = open_if_regular(root, path, O_PATH | follow); !looked) return std::unexpected(looked.error());
  auto opened = open_if_regular(root, path, reading | follow);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<PosixFile>(std::move(*opened), path.absolute());
}

Result<OpenFile> open_posix_file_at(int directory, const std::string& name, std::string where) {
  Descriptor file(::openat(directory, name.c_str(), reading | O_NOFOLLOW | O_CLOEXEC));
  if (!file && errno == ELOOP) return fail(Code::unsupported, where, "a symbolic link, not a file");
  if (!file) return fail_errno(errno, where);
  auto known = check_regular(file, where);
  if (!known) return std::unexpected(known.error());
  return OpenFile{std::make_unique<PosixFile>(std::move(file), std::move(where)), *known};
}

}  // namespace dftp
