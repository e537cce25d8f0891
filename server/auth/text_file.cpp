#include "server/auth/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "proto/wire/text_lines.h"

namespace dftp::server {
namespace {

Result<Descriptor> open_file(const std::filesystem::path& path, int flags) {
  Descriptor file(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); }));
  if (!file) return fail_errno(errno, path);
  return file;
}

Result<void> write_all(int file, std::string_view text, const std::string& where) {
  while (!text.empty()) {
    const ssize_t written = uninterrupted([&] { return ::write(file, text.data(), text.size()); });
    if (written < 0) return fail_errno(errno, where);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> read_all(int descriptor, std::size_t limit, const std::string& where) {
  std::string text;
  char part[4096];
  while (true) {
    const ssize_t count = uninterrupted([&] { return ::read(descriptor, part, sizeof part); });
    if (count < 0) return fail_errno(errno, where);
    if (count == 0) return text;
    text.append(part, static_cast<std::size_t>(count));
    if (text.size() > limit) return fail(Code::too_large, where, "more than " + std::to_string(limit) + " bytes");
  }
}

Result<std::string> read_text(const std::filesystem::path& path, std::size_t limit) {
  const auto file = open_file(path, O_RDONLY);
  if (!file) return std::unexpected(file.error());
  const auto bytes = read_all(file->number(), limit, path);
  if (!bytes) return bytes;
  return plain_text(*bytes, path.native());
}

Result<Descriptor> open_private(const std::filesystem::path& path, int flags) {
  auto file = open_file(path, flags | O_CREAT | O_NOFOLLOW);
  if (!file) return file;
  struct stat directory;
  if (::geteuid() == 0 && (::stat(path.parent_path().c_str(), &directory) != 0 ||
                           ::fchown(file->number(), directory.st_uid, directory.st_gid) != 0)) {
    return fail_errno(errno, path);
  }
  if (::fchmod(file->number(), 0600) != 0) return fail_errno(errno, path);
  return file;
}

Result<void> replace_text(const std::filesystem::path& path, std::string_view text) {
  const std::filesystem::path fresh = path.string() + ".new";
  const auto file = open_private(fresh, O_WRONLY | O_TRUNC);
  if (!file) return std::unexpected(file.error());
  if (auto written = write_all(file->number(), text, fresh); !written) return written;
  if (::fsync(file->number()) != 0) return fail_errno(errno, fresh);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail_errno(errno, path);
  const auto directory = open_file(path.parent_path(), O_RDONLY | O_DIRECTORY);
  if (!directory) return std::unexpected(directory.error());
  if (::fsync(directory->number()) != 0) return fail_errno(errno, path.parent_path());
  return {};
}

}  // namespace dftp::server
