#include "client/local_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "proto/storage/descriptor.h"
#include "proto/wire/text_lines.h"

namespace dftp::client {
namespace {

Result<void> write_all(const Descriptor& file, std::string_view text, const std::string& where) {
  while (!text.empty()) {
    const ssize_t count = ::write(file.number(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, where);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

Result<LocalFile> read_local_file(const std::filesystem::path& file, std::size_t max) {
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!descriptor) return fail_errno(errno, file.string());
  return read_descriptor(descriptor.number(), file.string(), max);
}

Result<LocalFile> read_descriptor(int descriptor, const std::string& where, std::size_t max) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return fail_errno(errno, where);
  LocalFile result{{}, status.st_mode, status.st_uid};
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, where);
    if (count == 0) return result;
    result.text.append(buffer, static_cast<std::size_t>(count));
    if (result.text.size() > max) return fail(Code::too_large, where, "is no file of this kind");
  }
}

Result<LocalFile> read_local_text(const std::filesystem::path& file) {
  auto read = read_local_file(file);
  if (!read) return read;
  auto text = plain_text(read->text, file.string());
  if (!text) return std::unexpected(std::move(text.error()));
  read->text = std::move(*text);
  return read;
}

Result<void> replace_local_file(const std::filesystem::path& file, std::string_view text) {
  std::error_code unresolved;
  // One without a directory may be resolved to a name alone.
  const std::filesystem::path whole = std::filesystem::absolute(file, unresolved);
  if (unresolved) return std::unexpected(from_errno(unresolved.value(), file.string()));
  std::filesystem::path target = std::filesystem::weakly_canonical(whole, unresolved);
  if (unresolved) target = whole;
  const std::string fresh = target.string() + ".new";
  {
    const Descriptor descriptor(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!descriptor) return fail_errno(errno, fresh);
    if (auto written = write_all(descriptor, text, fresh); !written) return written;
    if (::fsync(descriptor.number()) != 0) return fail_errno(errno, fresh);
  }
  if (::rename(fresh.c_str(), target.c_str()) != 0) return fail_errno(errno, target.string());
  const Descriptor directory(::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.number()) != 0) return fail_errno(errno, target.parent_path().string());
  return {};
}

std::filesystem::path home_directory() {
  if (const char* home = std::getenv("HOME"); home && *home) return home;
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
  return found && found->pw_dir ? std::filesystem::path(found->pw_dir) : std::filesystem::path();
}

}  // namespace dftp::client
