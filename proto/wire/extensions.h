// What a peer has beyond the core of the protocol: named, each with a version of its own. docs/protocol/README.md,
// "Extensions". Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dftp {

struct Extension {
  std::string_view name;      // with its version, as it goes over the wire: "mount/1"
  std::string_view what;      // for people, behind "the server has no": "mounts"
  std::string_view commands;  // separated by blanks; one that ends with . stands for all that begin so
};

// All that this version of the program knows.
std::span<const Extension> all_extensions();

bool has_command(const Extension& extension, std::string_view command);
// The one that a command belongs to; nullptr: the core.
const Extension* extension_of(std::string_view command);
// "no remote commands (exec/1)", for an error.
std::string lacks(const Extension& extension);

// Whether a peer has named it. What it has named besides, or in another form, does not matter.
bool has_extension(const std::vector<std::string>& named, std::string_view name);

// Digests over files that both sides may agree on; the first that a client names and the server knows is taken.
inline constexpr std::string_view only_digest = "md5";

namespace extensions {
inline constexpr std::string_view feeds = "feeds/1";
inline constexpr std::string_view mount = "mount/1";
inline constexpr std::string_view exec = "exec/1";
inline constexpr std::string_view conversation = "conversation/1";
inline constexpr std::string_view plain_data = "plain-data/1";
}  // namespace extensions

}  // namespace dftp
