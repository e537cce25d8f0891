// What the server was told, as the text of a configuration file.
#pragma once

#include <string>

#include "server/config/config.h"

namespace dftp::server {

// All that holds, defaults included; what has no value is a comment. Read again it is the same configuration.
std::string text_of(const Config& config);

}  // namespace dftp::server
