// Where a user's preferences are kept.
#pragma once

#include <filesystem>

#include "client/cli/line/preferences.h"

namespace dftp::cli {

// $DFTP_CONFIG, else $XDG_CONFIG_HOME/dftp/config, else ~/.config/dftp/config; empty: there are none.
std::filesystem::path preferences_file();

// Of a file that is not there or may not be read: none, unless $DFTP_CONFIG names it. Code::usage names the line;
// Code::denied for a file that others may write, as it says who gets which password. Blocking.
Result<Preferences> read_preferences(const std::filesystem::path& file);

// Adds a block that gives a place a name; the file and its directory are made where there are none. Code::exists when
// the name is taken. Blocking.
Result<void> add_bookmark(const std::filesystem::path& file, const std::string& name, const ServerAndUser& place,
                          const RemotePath& directory);

}  // namespace dftp::cli
