// The one table of what can be configured: command line, file and help come out of it.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/config/config.h"
#include "server/toml/toml.h"

namespace dftp::server {

struct Rate {
  std::uint64_t Config::* member;  // bytes a second
};

struct Number {
  std::size_t Config::* member;
  std::size_t least, max;
};

// What an option sets; its type says what it takes.
using Field = std::variant<bool Config::*, Number, Rate, std::chrono::seconds Config::*, LogFormat Config::*,
                           std::string Config::*, std::filesystem::path Config::*, std::vector<Endpoint> Config::*,
                           std::vector<Network> Config::*>;

// What it takes for another value to hold in a server that runs.
enum class Needs {
  unsaid,  // in no row of the table
  reload,
  restart,
};

struct ConfigOption {
  ProgramOption option;  // its name is also the key in the file
  Field field;
  Needs needs = Needs::unsaid;
};

std::span<const ConfigOption> config_options();

// Sets the field; relative paths begin at `base`. Code::usage with "must be ..." as the detail.
Result<void> assign(Config& config, const Field& field, const toml::Value& value, const std::filesystem::path& base);
// The same from the command line: several values where a list is taken, else the last one counts.
Result<void> assign(Config& config, const Field& field, const std::vector<std::string>& values,
                    const std::filesystem::path& base);

// Sets what the text of a configuration file says. Errors name `file` and the line.
Result<void> apply_text(Config& config, std::string_view text, const std::filesystem::path& file);
// The same with all problems, and the rest as far as it could be read.
void apply_text(Config& config, std::string_view text, const std::filesystem::path& file, Problems& problems);

// The field's value for a person; empty for switches and paths.
std::string shown(const Config& config, const Field& field);

}  // namespace dftp::server
