#include "client/cli/verbs/listers.h"

#include <filesystem>

namespace dftp::cli {
namespace {

constexpr std::size_t all = SIZE_MAX;

FileType type_of(const std::filesystem::directory_entry& entry) {
  std::error_code ignored;
  if (entry.is_symlink(ignored)) return FileType::symlink;
  if (entry.is_directory(ignored)) return FileType::directory;
  return entry.is_regular_file(ignored) ? FileType::file : FileType::other;
}

// The greatest name that is not behind those that begin with `prefix`, or close to it.
std::string before(std::string prefix) {
  const auto last = prefix.empty() ? 0 : static_cast<unsigned char>(prefix.back());
  if (last <= 1) return "";
  prefix.back() = static_cast<char>(last - 1);
  return prefix;
}

net::Task<Result<std::vector<ListedName>>> list_there(Context& context, const std::string& directory) {
  auto path = resolve_path(directory.empty() ? "." : directory, context.directory);
  if (!path) co_return std::unexpected(std::move(path.error()));
  const client::Remote remote = context.remote;
  const std::string any;
  co_return co_await remote_names(remote, *path, any, all);
}

net::Task<Result<std::vector<ListedName>>> list_here(Context& context, const std::string& directory) {
  const auto list = [&] { return local_names(directory, "", all); };
  co_return co_await context.session.pool().run(list);
}

}  // namespace

Result<std::vector<ListedName>> local_names(const std::string& directory, const std::string& prefix, std::size_t max) {
  std::vector<ListedName> names;
  std::error_code error;
  std::filesystem::directory_iterator at(directory.empty() ? "." : directory, error);
  for (; !error && at != std::filesystem::directory_iterator() && names.size() < max; at.increment(error)) {
    std::string name = at->path().filename().native();
    if (name.starts_with(prefix)) names.push_back({std::move(name), type_of(*at)});
  }
  if (error) return fail_errno(error.value(), directory);
  return names;
}

net::Task<Result<std::vector<ListedName>>> remote_names(client::Remote remote, RemotePath directory, std::string prefix,
                                                        std::size_t max) {
  std::vector<ListedName> names;
  client::RemoteListing listing = remote.list(directory, before(prefix));
  while (true) {
    auto page = co_await listing.next();
    if (!page) co_return std::unexpected(std::move(page.error()));
    if (page->empty()) co_return names;
    for (client::RemoteEntry& entry : *page) {
      const bool fits = entry.name.starts_with(prefix);
      if (fits) names.push_back({std::move(entry.name), entry.type});
      const bool behind = !fits && entry.name > prefix;
      if (behind || names.size() == max) co_return names;
    }
  }
}

Lister remote_lister(Context& context) {
  return [&context](const std::string& directory) { return list_there(context, directory); };
}

Lister local_lister(Context& context) {
  return [&context](const std::string& directory) { return list_here(context, directory); };
}

}  // namespace dftp::cli
