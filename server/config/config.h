// What the server was told: by the command line, and by a TOML file in which every option has its key.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "proto/wire/error.h"
#include "proto/wire/limits.h"
#include "proto/wire/url.h"
#include "server/config/command_line.h"
#include "server/config/exec_commands.h"
#include "server/config/networks.h"
#include "server/toml/problems.h"

namespace dftp::server {

enum class LogFormat { text, json };

// One thread a core that this process may use; past 16 the loops only wait for each other.
std::size_t default_threads();
// Threads of the disk pool: they wait more than they work.
std::size_t default_disk_threads();

// All paths are absolute.
struct Config {
  std::filesystem::path root;   // the shared directory; exists
  std::filesystem::path state;  // users, key, certificate; of this share only; may not exist yet
  std::filesystem::path file;   // that this comes from; empty: none
  // Of `file`, where a key stands whose value holds: "root", "exec.NAME".
  std::map<std::string, std::size_t, std::less<>> lines = {};
  std::vector<Endpoint> listen = {{"::", default_port, {}}};
  bool read_only = false;
  bool anonymous = false;           // anyone may read
  bool allow_plain_data = false;    // data connections without TLS may be granted
  bool talk = true;                 // users may say something to each other
  bool announce = false;            // answers on the local network who asks for servers
  std::string announce_name;        // by this name; empty: the share's and the machine's
  std::vector<Network> fetch_from;  // other servers that data may be fetched from for a client; empty: none
  LogFormat log_format = LogFormat::text;
  std::filesystem::path log_file;     // empty: standard error
  std::filesystem::path certificate;  // PEM; empty: the server's own, made in `state`
  std::filesystem::path key;          // given exactly when `certificate` is
  std::chrono::seconds grace{10};     // what running transfers get to end when the server stops
  std::vector<ExecCommand> exec;      // what clients may run; only a file can say so
  bool confine = true;                // gives up what it does not need when it starts
  std::size_t threads = default_threads();
  std::size_t disk_threads = default_disk_threads();
  std::size_t max_sessions = limits::sessions;
  std::size_t max_watches = limits::watches;
  std::size_t max_sessions_per_user = 0, max_sessions_per_source = 0;  // 0: three quarters of all
  bool penalties = true;                                               // who guesses passwords is kept out for a while
  std::vector<Network> penalty_exempt = loopback_networks();           // but for those
  std::size_t max_jobs = 20000;  // remembered in what one user sees: a week of two a minute
  std::uint64_t limit_rate = 0;  // bytes a second of file data, each way, of all together; 0: none
};

// What the server's command line takes besides one word, the directory.
std::vector<ProgramOption> server_options();
// What --help prints about them.
std::string server_options_help();

// Reads the file that --config names, then the options, which win. Code::usage for what the user got wrong (where: the
// option, or the file and its line); other codes for what is wrong with the directory or the file itself.
Result<Config> make_config(const ProgramCommandLine& line);
// The same with all problems, and the rest as far as it could be read.
Config make_config(const ProgramCommandLine& line, Problems& problems);

// The error with the place in the file that is its cause: "FILE:LINE: KEY: ...". As it is, if the file has no such key.
Error at_key(const Config& config, std::string_view key, Error error);

// The options by which `dftp-server user` and its like find the share, and the state directory that they, or the
// directory as the only word, speak of.
std::vector<ProgramOption> state_options();
Result<std::filesystem::path> find_state(const ProgramCommandLine& line);
// The same for whoever asks a server that runs, whatever else is wrong in the file by now.
Result<std::filesystem::path> find_state_of_server(const ProgramCommandLine& line);
// The shared directory as well, as far as somebody names it.
struct Share {
  std::filesystem::path root;  // absolute, and perhaps not there; empty: not named
  std::filesystem::path state;
};
Result<Share> find_share(const ProgramCommandLine& line);

}  // namespace dftp::server
