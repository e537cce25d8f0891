#include "proto/storage/root_directory.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include <cerrno>

#include "proto/storage/rules.h"

namespace dftp {
namespace {

// The kernel answers EAGAIN when any rename on the machine raced with a ".." in a link. Each try is short and
// independent.
constexpr int resolve_attempts = 128;

int open_beneath(int root, const char* path, int flags, InnerLinks links) {
  open_how how{};
  how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (links == InnerLinks::refuse) how.resolve |= RESOLVE_NO_SYMLINKS;
  int opened = -1;
  for (int attempt = 0; attempt < resolve_attempts; ++attempt) {
    opened = static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how));
    if (opened >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return opened;
}

std::unexpected<Error> refused(int number, const RemotePath& path, InnerLinks links) {
  Error error = from_errno(number, path.absolute());
  switch (number) {
    case EXDEV: error.detail = "the path leaves the shared root"; break;
    case EAGAIN: error.code = Code::busy; break;  // leased to another process, or still racing
    case ELOOP:
      // Like a link to nowhere. (The links in /proc that RESOLVE_NO_MAGICLINKS refuses look the same.)
      error.code = Code::not_found;
      if (links == InnerLinks::beneath) break;
      error.code = Code::outside_root;
      error.detail = "a symbolic link is in the way";
      break;
  }
  return std::unexpected(std::move(error));
}

}  // namespace

RootDirectory::Way RootDirectory::way_to(const RemotePath& path) const {
  if (!held_ || !path.is_within(top_)) return {root_, links_, path.relative()};
  std::string rest;
  for (std::size_t i = top_.names().size(); i < path.names().size(); ++i) {
    if (!rest.empty()) rest += '/';
    rest += path.names()[i];
  }
  return {held_, InnerLinks::refuse, rest.empty() ? "." : rest};
}

Result<RootDirectory> RootDirectory::open(const std::filesystem::path& root, InnerLinks links) {
  Descriptor held(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!held) return fail_errno(errno, root.string());
  const Descriptor probe(open_beneath(held.number(), ".", O_PATH, links));
  // EPERM is how older container sandboxes refuse a system call that they do not know.
  if (!probe && (errno == ENOSYS || errno == EPERM)) {
    return fail(Code::unsupported, root.string(), "openat2 is needed: Linux 5.6, and a sandbox that lets it pass");
  }
  if (!probe) return fail_errno(errno, root.string());
  return RootDirectory(std::move(held), links);
}

Result<RootDirectory> RootDirectory::narrowed(const RemotePath& path) const {
  if (auto valid = check_names(path); !valid) return std::unexpected(valid.error());
  constexpr int flags = O_PATH | O_DIRECTORY;
  Descriptor held(open_beneath(root_->number(), path.relative().c_str(), flags, InnerLinks::refuse));
  if (!held) return refused(errno, path, InnerLinks::refuse);
  return RootDirectory(std::move(held), links_);
}

Result<RootDirectory> RootDirectory::hold(const RemotePath& directory, Last last) const {
  auto opened = open(directory, O_PATH | O_DIRECTORY | (last == Last::refuse ? O_NOFOLLOW : 0));
  if (!opened) return std::unexpected(std::move(opened.error()));
  RootDirectory holding = *this;
  holding.top_ = directory;
  holding.held_ = std::make_shared<const Descriptor>(std::move(*opened));
  return holding;
}

Result<Descriptor> RootDirectory::open(const RemotePath& path, int flags) const {
  if (auto valid = check_names(path); !valid) return std::unexpected(valid.error());
  const Way way = way_to(path);
  Descriptor opened(open_beneath(way.from->number(), way.path.c_str(), flags, way.links));
  if (!opened) return refused(errno, path, way.links);
  return opened;
}

Result<ParentAndName> RootDirectory::place(const RemotePath& path) const {
  if (auto valid = check_names(path); !valid) return std::unexpected(valid.error());
  const Way way = way_to(path);
  const std::size_t slash = way.path.rfind('/');
  if (slash == way.path.npos) return ParentAndName{way.from, way.path};
  const std::string above = way.path.substr(0, slash);
  Descriptor parent(open_beneath(way.from->number(), above.c_str(), O_PATH | O_DIRECTORY, way.links));
  if (!parent) return refused(errno, path, way.links);
  return ParentAndName{std::make_shared<const Descriptor>(std::move(parent)), way.path.substr(slash + 1)};
}

}  // namespace dftp
