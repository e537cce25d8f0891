#include "proto/wire/extensions.h"

#include <algorithm>

namespace dftp {
namespace {

constexpr Extension table[] = {
    {extensions::feeds, "requests that are answered in parts", "find du copy tail watch fetch"},
    {extensions::mount, "mounts", "mount remount unmount fs."},
    {extensions::exec, "remote commands", "commands exec"},
    {extensions::conversation, "conversation", "echo who say"},
    {extensions::plain_data, "data connections without TLS", ""},
};

}  // namespace

bool has_command(const Extension& extension, std::string_view command) {
  for (std::string_view rest = extension.commands; !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    if (one == command || (one.ends_with('.') && command.starts_with(one))) return true;
  }
  return false;
}

std::string lacks(const Extension& extension) {
  return "no " + std::string(extension.what) + " (" + std::string(extension.name) + ")";
}

std::span<const Extension> all_extensions() {
  return table;
}

const Extension* extension_of(std::string_view command) {
  const auto found = std::ranges::find_if(table, [&](const Extension& one) { return has_command(one, command); });
  return found == std::end(table) ? nullptr : &*found;
}

bool has_extension(const std::vector<std::string>& named, std::string_view name) {
  return std::ranges::find(named, name) != named.end();
}

}  // namespace dftp
