// Directory listings as text. Pure.
#pragma once

#include <string>
#include <vector>

#include "client/remote.h"
#include "proto/wire/json.h"

namespace dftp::cli {

struct ListedEntry {
  client::RemoteEntry entry;
  std::string target;  // of a link, where it was asked for
};

// `shown` makes a name fit to print. Names in columns, filled downwards, as many as `columns` has room for.
std::string in_columns(const std::vector<std::string>& names, std::size_t columns);
// "-rw-r--r--      12345 2024-03-01 12:34 name -> target", sizes aligned; `shown` are the names and targets to print.
std::string long_line(const ListedEntry& listed, std::size_t size_width, const std::string& name,
                      const std::string& target);
std::size_t size_width(const std::vector<ListedEntry>& entries);

char type_letter(FileType type);
// Everything known of a file, one thing a line.
std::string stat_lines(const StatReply& known);
// The space of a file system, the same way.
std::string space_lines(const StatFsReply& space);
// In one line, for people.
std::string space_line(const StatFsReply& space, const std::string& name);
json::Object entry_json(const ListedEntry& listed);

}  // namespace dftp::cli
