// The command line of dftp-mount, as people write it and as mount(8) calls a helper. One table of options: each stands
// as "--name VALUE" and as "-o name=VALUE". Pure, but for the names of users and groups.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/completions/completions.h"
#include "proto/wire/url.h"

namespace dftp::mount {

using Seconds = std::chrono::duration<double>;

struct MountOptions {
  Url source;
  std::string directory;

  // What to do instead of mounting.
  bool help = false;
  bool version = false;
  std::string completions;  // for this shell
  bool status = false;      // `directory` is a mount to ask
  bool fake = false;        // mount -f: everything but the mount
  bool remount = false;     // -o remount: other flags for the mount that is there

  bool foreground = false;
  bool read_only = false;
  bool allow_other = false;
  std::optional<bool> default_permissions;  // nullopt: as allow_other
  std::vector<std::string> kernel;          // words for the kernel and libfuse: "nosuid", "noatime"

  // What files show instead of the server's. The masks of files and of directories, where they are not `umask`.
  std::optional<std::uint32_t> uid, gid, umask, fmask, dmask;
  std::optional<Seconds> attr_timeout, entry_timeout, negative_timeout;
  Seconds timeout{30};            // of an operation while the server does not answer
  bool hard = false;              // no timeout
  std::uint32_t streams = 0;      // data connections; 0: by the round trip
  std::uint64_t memory = 256;     // MiB for data that is read ahead or not yet written
  std::size_t nodes = 1'000'000;  // files that the kernel may know
  bool nocto = false;             // known files are opened without asking the server

  std::vector<std::string> keys;
  std::string password_file, fingerprint, authorities;
  bool accept_new = false;
  bool plain_data = false;

  bool checks_permissions() const { return default_permissions.value_or(allow_other); }
};

// `words` without the program's name, which says whether mount(8) calls: "mount.dftp", "mount.fuse.dftp".
// Code::usage names the option.
Result<MountOptions> parse_mount_options(std::string_view program, const std::vector<std::string>& words);

// The lines of --help.
std::string mount_options_help();
// What shells complete.
completions::Program completed_program();

}  // namespace dftp::mount
