// What the server was told: by the command line, and by a TOML file in which every option has its key.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "proto/wire/error.h"
#include "proto/wire/limits.h"
#include "proto/wire/url.h"

namespace dftp {

enum class LogFormat { text, json };

// One thread a core that this process may use; past 16 the loops only wait for each other.
std::size_t default_threads();
// Threads of the disk pool: they wait more than they work.
std::size_t default_disk_threads();

// All paths are absolute.
struct Config {
  std::filesystem::path root;   // the shared directory; exists
  std::filesystem::path state;  // users, key, certificate; see default_state(); may not exist yet
  std::vector<Endpoint> listen = {{"::", default_port, {}}};
  bool read_only = false;
  bool anonymous = false;         // anyone may read
  bool allow_plain_data = false;  // data connections without TLS may be granted
  LogFormat log_format = LogFormat::text;
  std::filesystem::path log_file;     // empty: standard error
  std::filesystem::path certificate;  // PEM; empty: the server's own, made in `state`
  std::filesystem::path key;          // given exactly when `certificate` is
  std::chrono::seconds grace{10};     // what running transfers get to end when the server stops
  std::size_t threads = default_threads();
  std::size_t disk_threads = default_disk_threads();
  std::size_t max_sessions = limits::sessions;
};

// The arguments behind the program's name. Code::usage for what the user got wrong on the command line or in the file
// (where: the option, or file and line); other codes for what is wrong with the directory.
Result<Config> parse_config(std::span<const std::string> arguments);

// Where the share of `root` keeps its state when nobody says: a directory of its own beneath /var/lib/dftp for root and
// beneath $XDG_STATE_HOME/dftp (~/.local/state/dftp) for others, named after the shared directory and a digest of its
// canonical path. So two shares never mix their users.
Result<std::filesystem::path> default_state(const std::filesystem::path& root);

// What --help prints.
std::string server_help();

}  // namespace dftp
