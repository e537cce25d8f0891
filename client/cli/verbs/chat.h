// What others say.
#pragma once

#include <string>

#include "proto/wire/json.h"

namespace dftp::cli {

class Console;

// A message that the server pushes, as a line above the prompt; any other event is nothing to show.
void show_message(Console& console, const json::Value& event);

// "anna: text", "anna to you: text", "the operator: text"
std::string message_line(const json::Value& event);

}  // namespace dftp::cli
