#include "proto/storage/storage.h"

namespace dftp {
namespace {

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
