// An event as one line of the log. Pure.
#pragma once

#include <chrono>

#include "server/config.h"
#include "server/observe/event.h"

namespace dftp {

// Text: "TIME EVENT key=value key="two words"", JSON: {"time":..,"event":..,key:value}; with the line's end. What came
// from a peer has its control bytes escaped and is cut when it is very long. The time is UTC, in milliseconds (ISO
// 8601).
std::string log_line(const Event& event, LogFormat format, std::chrono::system_clock::time_point time);

}  // namespace dftp
