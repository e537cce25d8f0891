// What a user has settled for all calls: ~/.config/dftp/config. Defaults for servers by the name that is typed, as in
// ssh_config, and verbs under names of one's own. docs/man/dftp-cli.1, "CONFIGURATION".
#pragma once

#include <filesystem>
#include <map>

#include "client/cli/line/call.h"
#include "proto/wire/url.h"

namespace dftp::cli {

// What holds for a server.
struct HostPreferences {
  std::optional<Endpoint> endpoint;     // where it really is
  std::optional<std::uint16_t> port;    // unless a URL says another one
  std::string user;                     // unless a URL says another one; empty: none
  std::optional<RemotePath> directory;  // where a session begins
  Settings settings;
};

// Pure, but for home directories.
class Preferences {
 public:
  // Code::usage names `file` and the line.
  static Result<Preferences> parse(std::string_view bytes, const std::string& file);

  // Of all that is said of a server with this name, the first value of each key.
  HostPreferences of(std::string_view host) const;
  // Whether a block names it without a pattern.
  bool knows(std::string_view host) const;
  // Those names, in their order.
  std::vector<std::string> hosts() const;
  // The words that a name of the user's own stands for; nullptr: none.
  const std::vector<std::string>* alias(std::string_view name) const;

 private:
  using Values = std::multimap<std::string, std::string, std::less<>>;
  struct Block {
    std::vector<std::string> patterns;  // one with ! before it: not these
    Values values;                      // by keyword in small letters
  };

  static bool matches(const Block& block, std::string_view host);
  Result<void> take_line(const std::string& line);
  Result<void> take_alias(const std::vector<std::string>& words);

  std::vector<Block> blocks_{{{"*"}, {}}};
  std::map<std::string, std::vector<std::string>, std::less<>> aliases_;
};

// What the command line says, and for what it leaves open what holds for the server.
Settings with_defaults(Settings typed, const Settings& of_host);

// The URL, its scheme perhaps left out, with the server where it really is.
struct Location {
  ServerAndUser place;
  RemotePath path;
  bool directory = false;  // written with a slash at its end, or nothing but a server
};
// Where a session begins that the URL `text` opens.
RemotePath session_directory(const Location& location, std::string_view text, const Preferences& preferences);
// Whether a word can be meant for one, and hardly for a path here.
bool may_be_server(std::string_view text, const Preferences& preferences);
Result<Location> locate(std::string_view text, const Preferences& preferences);

}  // namespace dftp::cli
