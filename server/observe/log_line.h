// An event as one line of the log. Pure.
#pragma once

#include <chrono>

#include "server/config/config.h"
#include "server/observe/event.h"

namespace dftp::server {

// Text: "TIME EVENT key=value key="two words"", JSON: {"time":..,"event":..,key:value}; with the line's end. What came
// from a peer has its control bytes escaped and is cut when it is long: no line is longer than
// longest_line. The time is UTC, in milliseconds (ISO 8601). `unsaid`: how many like it were left out before it.
std::string log_line(const Event& event, LogFormat format, std::chrono::system_clock::time_point time,
                     std::uint64_t unsaid = 0);
inline constexpr std::size_t longest_line = 8192;

}  // namespace dftp::server
