#include "client/local_paths.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <map>
#include <set>
#include <span>

#include "proto/storage/posix_storage.h"

namespace dftp::client {
namespace {

namespace fs = std::filesystem;

Result<std::shared_ptr<Storage>> open_directory(const fs::path& path, InnerLinks links) {
  auto storage = open_posix_storage(path.empty() ? fs::path(".") : path, links);
  if (!storage) return std::unexpected(std::move(storage.error()));
  return std::shared_ptr<Storage>(std::move(*storage));
}

Result<LocalTarget> target_at(const std::shared_ptr<Storage>& storage, const fs::path& directory,
                              const std::string& name) {
  auto path = name.empty() ? Result<RemotePath>(RemotePath()) : RemotePath().child(name);
  if (!path) return std::unexpected(std::move(path.error()));
  const bool present = name.empty() || storage->stat(*path, Links::keep).has_value();
  const std::string shown = (name.empty() ? directory : directory / name).string();
  return LocalTarget{{storage, std::move(*path), shown}, shown, present};
}

Result<void> check_distinct(const std::vector<LocalTarget>& targets) {
  std::set<std::string> names;
  for (const LocalTarget& target : targets) {
    if (!names.insert(target.name).second)
      return fail(Code::usage, target.name, "is where two of the sources would go");
  }
  return {};
}

// Opens each directory once.
class OpenDirectories {
 public:
  Result<std::shared_ptr<Storage>> open(const fs::path& path) {
    auto& known = known_[path];
    if (known) return known;
    auto opened = open_directory(path, InnerLinks::beneath);
    if (opened) known = *opened;
    return opened;
  }

 private:
  std::map<fs::path, std::shared_ptr<Storage>> known_;
};

std::optional<int> number_behind(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return std::nullopt;
  int number = -1;
  const auto [end, failed] = std::from_chars(path.data() + prefix.size(), path.data() + path.size(), number);
  if (failed != std::errc() || end != path.data() + path.size() || number < 0) return std::nullopt;
  return number;
}

struct Row {
  std::string_view name;
  int descriptor;
};
constexpr std::array<Row, 3> written{
    {{"-", STDOUT_FILENO}, {"/dev/stdout", STDOUT_FILENO}, {"/dev/stderr", STDERR_FILENO}}};
constexpr std::array<Row, 2> read{{{"-", STDIN_FILENO}, {"/dev/stdin", STDIN_FILENO}}};

std::optional<int> descriptor_at(const fs::path& path, std::span<const Row> rows) {
  const std::string text = path.lexically_normal().string();
  for (const Row& row : rows) {
    if (text == row.name) return row.descriptor;
  }
  if (const auto number = number_behind("/dev/fd/", text)) return number;
  return number_behind("/proc/self/fd/", text);
}

std::optional<int> descriptor_behind(const fs::path& path, std::span<const Row> rows) {
  if (const auto descriptor = descriptor_at(path, rows)) return descriptor;
  std::error_code none;
  const fs::path link = fs::read_symlink(path, none);
  return none || link == "-" ? std::nullopt : descriptor_at(path.parent_path() / link, rows);
}

Result<LocalSource> source_at(OpenDirectories& directories, const fs::path& given) {
  fs::path path = given.has_filename() ? given : given.parent_path();
  const std::string name = path.filename() == "." || path.filename() == ".." ? "" : path.filename().string();
  std::error_code failed;
  if (!given.has_filename() && fs::exists(path, failed) && !fs::is_directory(path, failed))
    return fail(Code::not_directory, given.string(), "is no directory; leave the / at its end out if it is meant");
  if (fs::is_symlink(fs::symlink_status(path, failed))) {
    path = fs::canonical(path, failed);
    if (failed) return fail_errno(failed.value(), given.string());
  }
  if (name.empty() || !path.has_filename()) {
    auto storage = directories.open(path);
    if (!storage) return std::unexpected(std::move(storage.error()));
    return LocalSource{{*storage, {}, false, given.string()}, name, true};
  }
  auto storage = directories.open(path.parent_path());
  if (!storage) return std::unexpected(std::move(storage.error()));
  auto child = RemotePath().child(path.filename().string());
  if (!child) return std::unexpected(std::move(child.error()));
  std::error_code ignored;
  return LocalSource{{*storage, std::move(*child), false, given.string()}, name, fs::is_directory(path, ignored)};
}

}  // namespace

Result<std::vector<LocalTarget>> local_targets(const std::vector<RemotePath>& sources, const fs::path& target,
                                               bool directory, bool recursive) {
  std::error_code ignored;
  const bool named = target.has_filename() && target.filename() != "." && target.filename() != "..";
  const bool exactly = recursive && !directory && named && sources.size() == 1;
  const bool into = fs::is_directory(target, ignored);
  if (!into && (directory || sources.size() > 1)) return fail(Code::not_directory, target.string(), "is no directory");
  auto storage = open_directory(into ? target : target.parent_path(), InnerLinks::refuse);
  if (!storage) return std::unexpected(std::move(storage.error()));
  std::vector<LocalTarget> targets;
  for (const RemotePath& source : sources) {
    auto at = into ? target_at(*storage, target, exactly ? std::string() : std::string(source.name()))
                   : target_at(*storage, target.parent_path(), target.filename().string());
    if (!at) return std::unexpected(std::move(at.error()));
    targets.push_back(std::move(*at));
  }
  if (auto distinct = check_distinct(targets); !distinct) return std::unexpected(std::move(distinct.error()));
  return targets;
}

std::optional<int> descriptor_named(const fs::path& target) {
  return descriptor_behind(target, written);
}

std::optional<int> descriptor_read(const fs::path& source) {
  return descriptor_behind(source, read);
}

Result<std::vector<LocalSource>> local_sources(const std::vector<fs::path>& paths) {
  OpenDirectories directories;
  std::vector<LocalSource> sources;
  for (const fs::path& path : paths) {
    auto source = source_at(directories, path);
    if (!source) return std::unexpected(std::move(source.error()));
    sources.push_back(std::move(*source));
  }
  return sources;
}

}  // namespace dftp::client
