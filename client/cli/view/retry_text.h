// The line that says why and when something is tried again.
#pragma once

#include <string>

#include "proto/net/async.h"
#include "proto/wire/error.h"

namespace dftp::cli {

std::string retry_text(const Error& why, net::Duration delay, int attempt, int of);

}  // namespace dftp::cli
