// The one place where a path becomes a descriptor. The kernel resolves it beneath the root (openat2), so neither "..",
// nor an absolute link, nor a directory swapped for a link in that moment can lead out.
//
// Calls that the kernel offers only for names (unlink, rename, ...) act on a ParentAndName: a directory held open and
// one name in it. A single name without following links cannot leave the directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "proto/storage/descriptor.h"
#include "proto/wire/remote_path.h"

namespace dftp {

// What to do with symbolic links on the way to the last name.
enum class InnerLinks {
  beneath,  // follow them as long as they stay beneath the root
  refuse,   // Code::outside_root: somebody else chooses names and links here
};

struct ParentAndName {
  std::shared_ptr<const Descriptor> directory;  // O_PATH
  std::string name;                             // "." for the root itself

  int at() const { return directory->number(); }
};

// Thread-safe.
class RootDirectory {
 public:
  // Code::unsupported when there is no openat2.
  static Result<RootDirectory> open(const std::filesystem::path& root, InnerLinks links);
  // A directory beneath this root as a root of its own. No link is followed on the way to it, nor is it one itself
  // (Code::outside_root): whoever may write here could have made it, and it need not lead to where it did before.
  Result<RootDirectory> narrowed(const RemotePath& path) const;
  // The same names, but what is at `directory` and beneath it is found from that directory, which is held open, and
  // through no symbolic link. Whoever swaps names meanwhile leads nobody elsewhere. With `last` a link at `directory`
  // itself is followed now; else it is Code::not_directory.
  enum class Last { follow, refuse };
  Result<RootDirectory> hold(const RemotePath& directory, Last last) const;

  // `flags` as for open(2), without O_CREAT; O_CLOEXEC is added. Code::outside_root, Code::invalid_name for a reserved
  // name.
  Result<Descriptor> open(const RemotePath& path, int flags) const;
  Result<ParentAndName> place(const RemotePath& path) const;
  const std::shared_ptr<const Descriptor>& root() const { return root_; }

 private:
  RootDirectory(Descriptor root, InnerLinks links)
      : root_(std::make_shared<const Descriptor>(std::move(root))), links_(links) {}
  // Where the kernel begins to look for a path, and what it looks for from there.
  struct Way {
    const std::shared_ptr<const Descriptor>& from;
    InnerLinks links;
    std::string path;
  };
  Way way_to(const RemotePath& path) const;

  std::shared_ptr<const Descriptor> root_;
  InnerLinks links_;
  RemotePath top_{};  // of what is held; the root: nothing is
  std::shared_ptr<const Descriptor> held_ = {};
};

}  // namespace dftp
