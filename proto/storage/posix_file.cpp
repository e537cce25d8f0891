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

 private:
  Descriptor file_;
  std::string where_;
};

Result<Descriptor> open_if_regular(const Beneath& root, const RemotePath& path, int flags) {
  auto opened = root.open(path, flags);
  if (!opened) return opened;
  auto known = content::attributes(opened->number(), path.absolute());
  if (!known) return std::unexpected(known.error());
  switch (known->type) {
    case FileType::file: return opened;
    case FileType::directory: return fail(Code::is_directory, path.absolute(), "a directory, not a file");
    case FileType::symlink: return fail(Code::unsupported, path.absolute(), "a symbolic link, not a file");
    case FileType::other: break;
  }
  return fail(Code::unsupported, path.absolute(), "not a regular file");
}

}  // namespace

Result<std::unique_ptr<ReadFile>> open_posix_file(const Beneath& root, const RemotePath& path, Links links) {
  const int follow = links == Links::keep ? O_NOFOLLOW : 0;
  // Opening a FIFO wakes its writer and opening a tape winds it back; O_PATH does nothing of the kind. Whatever is
  // swapped in afterwards can at least not block.
  if (auto looked = open_if_regular(root, path, O_PATH | follow); !looked) return std::unexpected(looked.error());
  auto opened = open_if_regular(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | follow);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<PosixFile>(std::move(*opened), path.absolute());
}

}  // namespace dftp
