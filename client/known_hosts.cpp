#include "client/known_hosts.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "client/local_file.h"
#include "proto/storage/descriptor.h"
#include "proto/wire/text_lines.h"

namespace dftp::client {
namespace {

constexpr std::string_view between_fields = " \t";

// The word at the beginning of `line`, which is taken off.
std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(between_fields), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(between_fields));
  line.remove_prefix(word.size());
  return word;
}

std::string_view server_of(std::string_view line) {
  const std::string_view word = next_word(line);
  return word.starts_with('#') ? std::string_view() : word;
}

// No file: no lines.
Result<std::vector<std::string>> read_lines(const std::filesystem::path& file) {
  if (file.empty()) return std::vector<std::string>();
  auto read = read_local_file(file);
  if (!read && read.error().code == Code::not_found) return std::vector<std::string>();
  if (!read) return std::unexpected(std::move(read.error()));
  return text_lines(read->text, file.string());
}

Result<void> make_parent(const std::filesystem::path& file) {
  const std::filesystem::path parent = file.parent_path();
  std::error_code failed;
  if (parent.empty() || std::filesystem::exists(parent, failed)) return {};
  if (auto made = make_parent(parent); !made) return made;
  if (::mkdir(parent.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(errno, parent.string());
  return {};
}

// Beside the file, since the file itself is replaced with each change.
Result<Descriptor> lock_beside(const std::filesystem::path& file) {
  const std::string name = file.string() + ".lock";
  Descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) return fail_errno(errno, name);
  while (::flock(lock.number(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno(errno, name);
  }
  return lock;
}

}  // namespace

std::filesystem::path KnownHosts::default_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config && *config == '/') return std::filesystem::path(config) / "dftp/known_hosts";
  const std::filesystem::path home = home_directory();
  return home.empty() ? home : home / ".config/dftp/known_hosts";
}

Result<std::optional<std::string>> KnownHosts::lookup(std::string_view server) const {
  const auto lines = read_lines(file_);
  if (!lines) return std::unexpected(lines.error());
  for (std::size_t i = 0; i < lines->size(); ++i) {
    std::string_view rest = (*lines)[i];
    if (server_of(rest) != server) continue;
    next_word(rest);
    const std::string_view fingerprint = next_word(rest);
    if (fingerprint.starts_with("SHA256:")) return std::string(fingerprint);
    return fail(Code::usage, file_.string() + ":" + std::to_string(i + 1), "a line is HOST:PORT SHA256:FINGERPRINT");
  }
  return std::nullopt;
}

std::vector<std::string> KnownHosts::servers() const {
  std::vector<std::string> servers;
  for (const std::string& line : read_lines(file_).value_or(std::vector<std::string>())) {
    if (const auto server = server_of(line); !server.empty()) servers.emplace_back(server);
  }
  return servers;
}

Result<void> KnownHosts::add(std::string_view server, std::string_view fingerprint) const {
  if (file_.empty()) {
    return fail(Code::usage, "known_hosts",
                "there is no home directory to keep known servers in; give the fingerprint");
  }
  if (auto made = make_parent(file_); !made) return made;
  const auto lock = lock_beside(file_);
  if (!lock) return std::unexpected(lock.error());
  auto lines = read_lines(file_);
  if (!lines) return std::unexpected(lines.error());
  std::erase_if(*lines, [&](const std::string& known) { return server_of(known) == server; });
  lines->push_back(std::string(server) + ' ' + std::string(fingerprint));
  std::string text;
  for (const std::string& line : *lines) text += line + '\n';
  return replace_local_file(file_, text);
}

}  // namespace dftp::client
