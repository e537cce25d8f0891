// Arguments as words and options. Only command_line.cpp includes cxxopts. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proto/completions/completions.h"
#include "proto/wire/error.h"

namespace dftp::server {

struct ProgramOption {
  std::string_view name;      // without its dashes
  std::string_view argument;  // how the help calls what follows it; empty: a switch
  std::string_view help;
  char letter = 0;              // 0: none
  std::string_view words = {};  // separated by blanks: what its argument may be, where these are few
};

struct ProgramCommandLine {
  struct Given {
    std::string name;
    std::string value;  // a bare switch has "true"
  };
  std::vector<std::string> words;
  std::vector<Given> options;  // in the order of the arguments

  bool has(std::string_view name) const;
  std::vector<std::string> all(std::string_view name) const;
};

// Code::usage for an option that is not in `known`, or that lacks its value.
Result<ProgramCommandLine> parse_command_line(std::span<const std::string> arguments,
                                              std::span<const ProgramOption> known);

// As shells complete them.
std::vector<completions::Option> completed(std::span<const ProgramOption> options);

// A line an option, with `remark` behind it.
std::string help_line(const ProgramOption& option, std::string_view remark = {});

}  // namespace dftp::server
