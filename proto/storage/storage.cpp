#include "proto/storage/storage.h"

#include <algorithm>

namespace dftp {
namespace {

constexpr std::size_t copy_buffer = 256 * 1024;

// For a storage that has nothing to gain from a directory that is held.
class DirectoryByPath final : public Directory {
 public:
  DirectoryByPath(Storage& storage, RemotePath path) : storage_(storage), path_(std::move(path)) {}

  Result<Attributes> stat(std::string_view name) override {
    auto path = place(name);
    if (!path) return std::unexpected(path.error());
    return storage_.stat(*path, Links::keep);
  }

  Result<std::unique_ptr<PartialFile>> make_file(std::string_view name, std::string_view owner) override {
    auto path = place(name);
    if (!path) return std::unexpected(path.error());
    return emptied(storage_.open_partial(*path, owner));
  }

 private:
  Result<RemotePath> place(std::string_view name) const { return name.empty() ? path_ : path_.child(name); }

  Storage& storage_;
  const RemotePath path_;
};

}  // namespace

Result<void> PartialFile::copy_range(ReadFile& from, std::uint64_t offset, std::uint64_t length) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(copy_buffer, length));
  while (length > 0) {
    const MutableBytes part = MutableBytes(buffer).first(std::min<std::uint64_t>(buffer.size(), length));
    auto got = from.read_at(offset, part);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return fail(Code::changed, {}, "the file became shorter while it was copied");
    if (auto put = write_at(offset, Bytes(part).first(*got)); !put) return put;
    offset += *got;
    length -= *got;
  }
  return {};
}

Result<std::unique_ptr<PartialFile>> emptied(Result<Storage::OpenedPartial> opened) {
  if (!opened) return std::unexpected(opened.error());
  if (opened->existed) {
    if (auto cut = opened->file->truncate(0); !cut) return std::unexpected(cut.error());
  }
  return std::move(opened->file);
}

Result<std::unique_ptr<Directory>> Storage::directory(const RemotePath& path) {
  return std::make_unique<DirectoryByPath>(*this, path);
}

}  // namespace dftp
