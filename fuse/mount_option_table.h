// What options dftp-mount has, as --NAME and as -o NAME: their names, their help, and what each does.
#pragma once

#include <span>

#include "fuse/mount_options.h"

namespace dftp::mount {

using Applied = Result<void>;

struct MountOption {
  char letter;  // 0: none
  std::string_view name;
  std::string_view value;  // what stands for it in the help; empty: takes none
  std::string_view help;
  Applied (*apply)(MountOptions& options, const std::string& value);
};

std::span<const MountOption> option_table();

}  // namespace dftp::mount
