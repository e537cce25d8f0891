// A listing on standard output, as the flags of ls want it.
#pragma once

#include <vector>

#include "client/cli/line/options.h"
#include "client/cli/view/listing.h"
#include "client/cli/view/report.h"

namespace dftp::cli {

ListOrder invocation_of(const Flags& flags);
// Names that begin with a dot are left out unless they were asked for. `directory`: what a JSON entry says it is in;
// nullptr: nothing.
void print_listing(Console& console, Report& report, const Flags& flags, std::vector<ListedEntry> entries,
                   const std::string* directory = nullptr);

// Of several directories, with an empty line before each but the first thing that is shown.
class Headings {
 public:
  Headings(Console& console, bool first) : console_(console), first_(first) {}
  void show(const std::string& directory) {
    if (!console_.mode().json) console_.out((first_ ? "" : "\n") + console_.shown(directory) + ":\n");
    first_ = false;
  }

 private:
  Console& console_;
  bool first_;
};

}  // namespace dftp::cli
