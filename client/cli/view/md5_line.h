// A line as md5sum prints it and `md5sum -c` reads it, without the newline at its end. Pure.
#pragma once

#include <string>
#include <string_view>

namespace dftp::cli {

// "HEX  NAME"; a name with a backslash or a newline is escaped, and a backslash before the line says so.
std::string md5_line(std::string_view hex, std::string_view name);

}  // namespace dftp::cli
