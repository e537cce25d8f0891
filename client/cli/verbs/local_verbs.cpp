// The verbs that are about this machine.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/list_view.h"
#include "client/cli/view/report.h"
#include "proto/wire/time_ns.h"

namespace dftp::cli {
namespace {

FileType type_of(mode_t mode) {
  if (S_ISREG(mode)) return FileType::file;
  if (S_ISDIR(mode)) return FileType::directory;
  return S_ISLNK(mode) ? FileType::symlink : FileType::other;
}

Result<ListedEntry> local_entry(const std::filesystem::path& path, const std::string& name) {
  struct stat known{};
  if (::lstat(path.c_str(), &known) != 0) return fail_errno(errno, path);
  const std::int64_t mtime = nanoseconds_of(known.st_mtim.tv_sec, known.st_mtim.tv_nsec);
  ListedEntry listed{
      {name, type_of(known.st_mode), static_cast<std::uint64_t>(known.st_size), mtime, known.st_mode & 07777u}, {}};
  std::error_code ignored;
  if (listed.entry.type == FileType::symlink) listed.target = std::filesystem::read_symlink(path, ignored);
  return listed;
}

Result<std::vector<ListedEntry>> local_entries(const std::filesystem::path& path) {
  std::vector<ListedEntry> entries;
  std::error_code error;
  std::filesystem::directory_iterator names(path, error);
  for (; !error && names != std::filesystem::directory_iterator(); names.increment(error)) {
    auto entry = local_entry(names->path(), names->path().filename().native());
    if (entry) entries.push_back(std::move(*entry));  // else it is gone meanwhile
  }
  if (error) return fail_errno(error.value(), path);
  std::ranges::sort(entries, {}, [](const ListedEntry& listed) { return listed.entry.name; });
  return entries;
}

// One of several things is reported, and the only one's error is the verb's.
Result<void> report_one(Report& report, bool several, Error error) {
  if (!several) return std::unexpected(std::move(error));
  report.failed(error);
  return {};
}

}  // namespace

// As ls does: files first and together, and then each directory, with a heading when several things are named.
VerbTask list_local(Context& context, const Call& call, Report& report) {
  const std::vector<std::string> paths = call.local.empty() ? std::vector<std::string>{"."} : call.local;
  const bool several = paths.size() > 1;
  std::vector<ListedEntry> files;
  std::vector<std::string> directories;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!call.flags.itself && std::filesystem::is_directory(path, ignored)) {
      directories.push_back(path);
      continue;
    }
    auto entry = local_entry(path, path);
    if (entry) {
      files.push_back(std::move(*entry));
    } else if (auto reported = report_one(report, several, std::move(entry.error())); !reported) {
      co_return reported;
    }
  }
  Headings headings(context.console, files.empty());
  Flags all = call.flags;
  all.hidden = true;
  if (!files.empty()) print_listing(context.console, report, all, std::move(files));
  for (const std::string& path : directories) {
    const auto list = [&] { return local_entries(path); };
    auto entries = co_await context.session.pool().run(list);
    if (!entries) {
      auto reported = report_one(report, several, std::move(entries.error()));
      if (!reported) co_return reported;
      continue;
    }
    if (several) headings.show(path);
    print_listing(context.console, report, call.flags, std::move(*entries));
  }
  co_return Result<void>();
}

VerbTask make_local_directories(Context&, const Call& call, Report& report) {
  for (const std::string& path : call.local) {
    std::error_code error;
    const bool made = call.flags.parents ? (std::filesystem::create_directories(path, error), true)
                                         : std::filesystem::create_directory(path, error);
    if (!error && !made) error = std::make_error_code(std::errc::file_exists);
    if (error) {
      report.failed(from_errno(error.value(), path));
    } else {
      report.entry(json::Object{{"path", to_json(Name{path})}});
    }
  }
  co_return Result<void>();
}

VerbTask change_local_directory(Context&, const Call& call, Report& report) {
  const char* home = std::getenv("HOME");
  const std::filesystem::path path = call.local.empty() ? (home ? home : "/") : call.local[0];
  std::error_code error;
  std::filesystem::current_path(path, error);
  if (error) co_return fail_errno(error.value(), path);
  report.entry(json::Object{{"path", to_json(Name{std::filesystem::current_path(error).native()})}});
  co_return Result<void>();
}

VerbTask print_local_directory(Context& context, const Call&, Report& report) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::current_path(error);
  if (error) co_return fail_errno(error.value(), ".");
  report.entry(json::Object{{"path", to_json(Name{path.native()})}});
  if (context.console.mode().json) co_return Result<void>();
  context.console.out(context.console.shown(path.native()) + "\n");
  co_return Result<void>();
}

}  // namespace dftp::cli
