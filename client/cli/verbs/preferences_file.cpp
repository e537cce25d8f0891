#include "client/cli/verbs/preferences_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "client/cli/line/words.h"
#include "client/local_file.h"

namespace dftp::cli {
namespace {

// As a word of the file: what has a meaning there is quoted.
std::string word_of(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"";
}

Result<std::string> text_of(const std::filesystem::path& file) {
  if (file.empty()) return std::string();
  auto read = client::read_local_file(file);
  // In somebody else's home it is not for us; one that was named must be there.
  const bool named = std::getenv("DFTP_CONFIG") != nullptr;
  const bool none = !read && (read.error().code == Code::not_found || read.error().code == Code::not_directory ||
                              read.error().code == Code::denied);
  if (none && !named) return std::string();
  if (!read) return std::unexpected(when("cannot read the configuration", std::move(read.error())));
  const bool ours = read->owner == ::geteuid() || read->owner == 0;
  if (!ours || (read->mode & (S_IWGRP | S_IWOTH)) != 0)
    return fail(Code::denied, file.string(),
                "others may write this configuration, which says who gets which password; "
                "chmod go-w makes it yours alone");
  return std::move(read->text);
}

}  // namespace

std::filesystem::path preferences_file() {
  if (const char* named = std::getenv("DFTP_CONFIG")) return named;
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config && *config == '/') return std::filesystem::path(config) / "dftp/config";
  const std::filesystem::path home = client::home_directory();
  return home.empty() ? home : home / ".config/dftp/config";
}

Result<Preferences> read_preferences(const std::filesystem::path& file) {
  const auto text = text_of(file);
  if (!text) return std::unexpected(text.error());
  return Preferences::parse(*text, file.string());
}

Result<void> add_bookmark(const std::filesystem::path& file, const std::string& name, const ServerAndUser& place,
                          const RemotePath& directory) {
  if (file.empty()) return fail(Code::not_found, name, "there is no home directory to keep a bookmark in");
  auto text = text_of(file);
  if (!text) return std::unexpected(std::move(text.error()));
  const auto known = Preferences::parse(*text, file.string());
  if (!known) return std::unexpected(known.error());
  if (known->knows(name))
    return fail(Code::exists, name, "is a name in " + file.string() + " already; give another one");
  if (!text->empty() && !text->ends_with('\n')) *text += '\n';
  *text += "\nHost " + word_of(name) + "\n  HostName " + word_of(place.endpoint.text()) + "\n";
  if (!place.user.empty()) *text += "  User " + word_of(place.user) + "\n";
  if (!directory.is_root()) *text += "  Directory " + word_of(directory.absolute()) + "\n";
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) return std::unexpected(from_errno(error.value(), file.parent_path().string()));
  return client::replace_local_file(file, *text);
}

}  // namespace dftp::cli
