// Bytes as text: base64 (RFC 4648, with padding) and lower-case hexadecimal.
#pragma once

#include <string>
#include <string_view>

#include "proto/wire/error.h"

namespace dftp {

std::string to_base64(std::string_view bytes);
Result<std::string> from_base64(std::string_view text);  // Code::invalid_request for anything but whole quads
std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view text);  // either case; Code::invalid_request

}  // namespace dftp
