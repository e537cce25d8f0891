// What a file that a person wrote says. Editors put a byte order mark before a text, end lines with CRLF, or store it
// as UTF-16; read as bytes each of these means something else than what its author sees. Every file of this kind is
// read by this: scripts, patterns, passwords, keys, ~/.netrc, known hosts, configuration. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/wire/error.h"

namespace dftp {

// Without marks at the beginning of lines, and each line ended by \n alone; all other bytes stay as they are.
// Code::usage names `file` and the line for what is no such text: UTF-16, a NUL byte, a carriage return within a line.
Result<std::string> plain_text(std::string_view bytes, std::string_view file);

// The same, line by line: line N is at N - 1. A last line without an end counts.
Result<std::vector<std::string>> text_lines(std::string_view bytes, std::string_view file);

// "FILE:LINE", as errors name a line; it counts from 1.
std::string line_name(std::string_view file, std::size_t line);

}  // namespace dftp
