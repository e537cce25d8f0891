// The local side of a transfer: where on this machine things go to or come from. Blocking.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "proto/transfer/receiver.h"
#include "proto/transfer/sender.h"

namespace dftp::client {

struct LocalTarget {
  Target target;
  std::string name;      // for people
  bool present = false;  // something is there already
};

// As GetRequest says. Links that the target's own name leads over are followed, and so is the name itself where it
// leads to a directory. Links to files are replaced, and those inside the target never followed: a server may have put
// them there. Code::not_directory, Code::usage when two sources would go to the same place.
Result<std::vector<LocalTarget>> local_targets(const std::vector<RemotePath>& sources,
                                               const std::filesystem::path& target, bool directory, bool recursive);

// The descriptor that a target stands for: "-" and /dev/stdout for 1, /dev/stderr for 2, /dev/fd/N and /proc/self/fd/N;
// also a link to one of these. It is to be written to as it is: opened by its name, a file would lose what is in it.
std::optional<int> descriptor_named(const std::filesystem::path& target);

// The descriptor that a source stands for: "-" and /dev/stdin for 0, /dev/fd/N and /proc/self/fd/N; also a link to one
// of these.
std::optional<int> descriptor_read(const std::filesystem::path& source);

struct LocalSource {
  Source source;
  std::string name;  // its own, for the target; empty: it has none
  bool directory = false;
};

// As PutRequest says. A source that is not there is found missing by the sender.
Result<std::vector<LocalSource>> local_sources(const std::vector<std::filesystem::path>& paths);

}  // namespace dftp::client
