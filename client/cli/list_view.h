// A listing on standard output, as the flags of ls want it.
#pragma once

#include <vector>

#include "client/cli/listing.h"
#include "client/cli/options.h"
#include "client/cli/report.h"

namespace dftp::cli {

ListOrder order_of(const Flags& flags);
// Names that begin with a dot are left out unless they were asked for. `directory`: what a JSON entry says it is in;
// nullptr: nothing.
void print_listing(Console& console, Report& report, const Flags& flags, std::vector<ListedEntry> entries,
                   const std::string* directory = nullptr);

}  // namespace dftp::cli
