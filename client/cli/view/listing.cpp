#include "client/cli/view/listing.h"

#include <algorithm>

#include "client/cli/line/display.h"
#include "client/cli/view/name_colors.h"
#include "proto/wire/fields.h"

namespace dftp::cli {
namespace {

constexpr std::size_t gap = 2;

// Widths of the columns when `widths` stand downwards in `rows` rows.
std::vector<std::size_t> column_widths(const std::vector<std::size_t>& widths, std::size_t rows) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (i % rows == 0) columns.push_back(0);
    columns.back() = std::max(columns.back(), widths[i]);
  }
  return columns;
}

std::size_t sum_of(const std::vector<std::size_t>& columns) {
  std::size_t sum = 0;
  for (const std::size_t width : columns) sum += width + gap;
  return sum - gap;
}

// The fewest rows that fit; one column always does.
std::vector<std::size_t> fitting_columns(const std::vector<std::size_t>& widths, std::size_t room) {
  const std::size_t narrowest = std::ranges::min(widths) + gap;
  for (std::size_t count = std::min(widths.size(), room / narrowest + 1); count > 1; --count) {
    auto columns = column_widths(widths, (widths.size() + count - 1) / count);
    if (sum_of(columns) <= room) return columns;
  }
  return {std::ranges::max(widths)};
}

std::string line(std::string_view what, const std::string& value) {
  return left("  " + std::string(what), 13) + value + "\n";
}

std::string size_text(std::uint64_t bytes, bool human) {
  return human ? human_size(bytes) : std::to_string(bytes);
}

std::string both_sizes(std::uint64_t bytes) {
  return std::to_string(bytes) + " (" + human_size(bytes) + ")";
}

}  // namespace

void sort_entries(std::vector<ListedEntry>& entries, const ListOrder& order) {
  std::ranges::sort(entries, [&](const ListedEntry& a, const ListedEntry& b) {
    const client::RemoteEntry &one = a.entry, &other = b.entry;
    if (order.key == ListOrder::Key::time && one.mtime_ns != other.mtime_ns) return one.mtime_ns > other.mtime_ns;
    if (order.key == ListOrder::Key::size && one.size != other.size) return one.size > other.size;
    return one.name < other.name;
  });
  if (order.reverse) std::ranges::reverse(entries);
}

std::string in_columns(const std::vector<std::string>& names, std::size_t columns,
                       const std::vector<std::string>& colors) {
  if (names.empty()) return "";
  std::vector<std::size_t> widths;
  for (const std::string& name : names) widths.push_back(display_width(name));
  const auto fitting = fitting_columns(widths, columns > 1 ? columns - 1 : 1);
  const std::size_t rows = (names.size() + fitting.size() - 1) / fitting.size();
  std::string text;
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = row, column = 0; i < names.size(); i += rows, ++column) {
      text += colored(names[i], colors.empty() ? std::string() : colors[i]);
      if (i + rows < names.size()) text += std::string(fitting[column] + gap - widths[i], ' ');
    }
    text += '\n';
  }
  return text;
}

char type_letter(FileType type) {
  switch (type) {
    case FileType::file: return '-';
    case FileType::directory: return 'd';
    case FileType::symlink: return 'l';
    case FileType::other: break;
  }
  return '?';
}

std::size_t size_width(const std::vector<ListedEntry>& entries, bool human) {
  std::size_t width = 1;
  for (const ListedEntry& listed : entries) width = std::max(width, size_text(listed.entry.size, human).size());
  return width;
}

std::string long_line(const ListedEntry& listed, std::size_t size_width, const std::string& name,
                      const std::string& target, bool human) {
  const client::RemoteEntry& entry = listed.entry;
  std::string line = mode_text(type_letter(entry.type), entry.mode) + " " +
                     right(size_text(entry.size, human), size_width) + " " + time_text(entry.mtime_ns) + " " + name;
  if (!target.empty()) line += " -> " + target;
  return line + "\n";
}

std::string stat_lines(const StatReply& known) {
  return line("type", std::string(name_of(known.type))) + line("size", both_sizes(known.size)) +
         line("allocated", std::to_string(known.allocated)) +
         line("mode", mode_text(type_letter(known.type), known.mode)) + line("modified", exact_time_text(known.mtime)) +
         line("links", std::to_string(known.links)) + line("version", printable(known.version));
}

std::string space_lines(const StatFsReply& space) {
  return line("total", both_sizes(space.total)) + line("free", both_sizes(space.free)) +
         line("available", both_sizes(space.available)) + line("files", std::to_string(space.files)) +
         line("files free", std::to_string(space.files_free));
}

std::string space_line(const StatFsReply& space, const std::string& name) {
  const std::uint64_t used = space.total - std::min(space.free, space.total);
  return right(human_size(space.total), 8) + " total, " + right(human_size(used), 8) + " used (" +
         right(std::to_string(percent(used, space.total)), 3) + " %), " + right(human_size(space.available), 8) +
         " available  " + name + "\n";
}

json::Object entry_json(const ListedEntry& listed) {
  const client::RemoteEntry& entry = listed.entry;
  json::Object object = {{"name", to_json(Name{entry.name})},
                         {"type", std::string(name_of(entry.type))},
                         {"size", to_json(entry.size)},
                         {"mtime", entry.mtime_ns},
                         {"mode", static_cast<std::int64_t>(entry.mode)}};
  if (!listed.target.empty()) object.emplace_back("target", to_json(Name{listed.target}));
  return object;
}

}  // namespace dftp::cli
