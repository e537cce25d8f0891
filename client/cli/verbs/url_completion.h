// What a URL may be that is typed so far. Asks nobody for anything, and knows nothing where that would be needed.
#pragma once

#include <string>
#include <vector>

#include "client/cli/verbs/context.h"

namespace dftp::cli {

// Nobody who presses Tab waits longer for a server.
inline constexpr auto completion_patience = std::chrono::milliseconds(1500);

// Of servers that were found or are known, those whose URLs begin with `text`; of what is no beginning of a URL, those
// that were announced by a name that begins so. Blocking.
std::vector<std::string> known_urls(const std::string& text);

// The URLs of names on the server that `text` is a URL of, if it is known and lets one in; directories end with a /.
net::Task<std::vector<std::string>> urls_on_server(Context& context, std::string text);

// The one or the other.
net::Task<std::vector<std::string>> complete_url(Context& context, std::string text);

}  // namespace dftp::cli
