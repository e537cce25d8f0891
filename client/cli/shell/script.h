// Commands that nobody types: of -c, of a file or of standard input. All of them are read and checked before the first
// is carried out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/line/line.h"
#include "client/cli/verbs/context.h"

namespace dftp::cli {

struct ScriptCommand {
  TypedCommand typed;
  std::size_t line = 0;  // in the script, counted from 1
};

struct Script {
  std::string name;  // for errors
  std::vector<ScriptCommand> commands;
};

// Code::usage, with SCRIPT:LINE, for what is no command. `name` is what errors call it.
Result<Script> parse_script(const std::string& name, std::string_view bytes, const Preferences& preferences);
// What -c and -f say; nullopt: neither.
Result<std::optional<Script>> find_script(const Settings& settings, const Preferences& preferences);

// Logs in, goes to the URL's directory and carries the commands out. It ends with the first one that fails, unless that
// one may or --keep-going was given, and always when the server is out of reach. The exit code: of the last failure
// that counts.
net::Task<int> run_script(Context& context, const RemotePath& directory, const Script& script);

}  // namespace dftp::cli
