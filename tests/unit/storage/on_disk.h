// A directory that is shared, and one beside it that must never be touched.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "proto/storage/posix_storage.h"
#include "tests/contract/storage_contract.h"
#include "tests/support/temporary_directory.h"

namespace dftp {

inline void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream(path, std::ios::binary) << content;
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline struct ::stat status_of(const std::filesystem::path& path) {
  struct ::stat status{};
  if (::lstat(path.c_str(), &status) != 0) ADD_FAILURE() << path << " is not there";
  return status;
}

class OnDisk : public testing::Test {
 protected:
  OnDisk() {
    std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));  // for other users in a test
    std::filesystem::create_directory(root);
    std::filesystem::create_directory(outside);
    storage_ = open_posix_storage(root).value();
  }

  Storage& storage() { return *storage_; }
  std::unique_ptr<PartialFile> begin(std::string_view path) {
    return std::move(storage().open_partial(at(path), "ada").value().file);
  }
  // The partial in the root, of which there must be one.
  std::filesystem::path partial() const {
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
      if (is_reserved(entry.path().filename().string())) return entry.path();
    }
    ADD_FAILURE() << "no partial";
    return {};
  }

  TemporaryDirectory directory;
  const std::filesystem::path root = directory / "root", outside = directory / "outside";

 private:
  std::unique_ptr<Storage> storage_;
};

}  // namespace dftp
