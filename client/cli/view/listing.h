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

// How ls is told to order and to show.
struct ListOrder {
  enum class Key { name, time, size } key = Key::name;
  bool reverse = false;
  friend bool operator==(const ListOrder&, const ListOrder&) = default;
};
// By name in the order of the bytes, by time the newest and by size the largest first; the same ones by name.
void sort_entries(std::vector<ListedEntry>& entries, const ListOrder& order);

// Names that are fit to print in columns, filled downwards, as many as `columns` has room for. `colors`: of each name,
// or none at all.
std::string in_columns(const std::vector<std::string>& names, std::size_t columns,
                       const std::vector<std::string>& colors = {});
// "-rw-r--r--      12345 2024-03-01 12:34 name -> target", sizes aligned; `name` and `target` as they are to be
// printed. `human`: sizes as 1.2 kB.
std::string long_line(const ListedEntry& listed, std::size_t size_width, const std::string& name,
                      const std::string& target, bool human = false);
std::size_t size_width(const std::vector<ListedEntry>& entries, bool human = false);

char type_letter(FileType type);
// Everything known of a file, one thing a line.
std::string stat_lines(const StatReply& known);
// The space of a file system, the same way.
std::string space_lines(const StatFsReply& space);
// In one line, for people.
std::string space_line(const StatFsReply& space, const std::string& name);
json::Object entry_json(const ListedEntry& listed);

}  // namespace dftp::cli
