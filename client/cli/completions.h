// Completions for shells, from the tables of verbs and options. Pure.
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp::cli {

// A script for "bash", "zsh" or "fish" that completes dftp-cli. Code::usage for another shell.
Result<std::string> completions(std::string_view shell);

}  // namespace dftp::cli
