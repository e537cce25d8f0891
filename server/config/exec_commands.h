// The commands that clients may run here: the [exec.NAME] tables of the configuration file. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proto/wire/exec.h"
#include "server/toml/problems.h"
#include "server/toml/toml.h"

namespace dftp::server {

struct ExecCommand {
  std::string name;
  // With {1} to {9} for the caller's words and {*}, an element of its own, for all that are left.
  std::vector<std::string> argv;
  std::string shell;               // in place of argv: this shell runs whatever the caller says
  std::vector<std::string> users;  // who may call it; "*": every user
  std::string run_as;              // a user of this machine; empty: the server's own
  std::chrono::seconds timeout{600};
  std::uint64_t output_limit = 64 * 1024 * 1024;  // bytes of both outputs together
  std::uint64_t memory_limit = 0;                 // bytes of address space of each of its processes; 0: any
  std::uint64_t process_limit = 0;                // processes and threads of the user that it runs as; 0: any

  bool allows(std::string_view user) const;
  friend bool operator==(const ExecCommand&, const ExecCommand&) = default;
};

// Errors name `file` and the line.
Result<std::vector<ExecCommand>> parse_exec(const toml::Value& value, std::string_view file);
// The same with all problems. A command that has one is among them, too, as far as it could be read.
std::vector<ExecCommand> parse_exec(const toml::Value& value, std::string_view file, Problems& problems);

// The argument vector for a caller's words. Code::invalid_request for words that do not fit the placeholders, one with
// a NUL, and those that make an argument begin with '-' which does not in the table: it would be an option.
Result<std::vector<std::string>> fill_in(const ExecCommand& command, std::span<const Name> words);

}  // namespace dftp::server
