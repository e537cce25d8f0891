#include "client/cli/view/list_view.h"

#include <unistd.h>

#include "client/cli/view/terminal.h"

namespace dftp::cli {
namespace {

void print_json(Report& report, const std::vector<ListedEntry>& entries, const std::string* directory) {
  for (const ListedEntry& listed : entries) {
    json::Object object = entry_json(listed);
    if (directory) object.emplace_back("directory", to_json(Name{*directory}));
    report.entry(std::move(object));
  }
}

void print_columns(Console& console, const std::vector<ListedEntry>& entries, bool in_color) {
  std::vector<std::string> names;
  std::vector<std::string_view> colors;
  for (const ListedEntry& listed : entries) {
    names.push_back(console.shown(listed.entry.name));
    if (in_color) colors.push_back(color_of(listed.entry));
  }
  console.out(in_columns(names, terminal_size(STDOUT_FILENO).columns, colors));
}

}  // namespace

ListOrder invocation_of(const Flags& flags) {
  using Key = ListOrder::Key;
  return {flags.by_size ? Key::size : flags.by_time ? Key::time : Key::name, flags.reverse};
}

void print_listing(Console& console, Report& report, const Flags& flags, std::vector<ListedEntry> entries,
                   const std::string* directory) {
  if (!flags.hidden)
    std::erase_if(entries, [](const ListedEntry& listed) { return listed.entry.name.starts_with('.'); });
  sort_entries(entries, invocation_of(flags));
  if (console.mode().json) return print_json(report, entries, directory);
  const bool in_color = console.mode().out_is_terminal && wants_color();
  if (!flags.details && console.mode().out_is_terminal) return print_columns(console, entries, in_color);
  const std::size_t width = size_width(entries, flags.human);
  for (const ListedEntry& listed : entries) {
    const std::string name = colored(console.shown(listed.entry.name), in_color ? color_of(listed.entry) : "");
    const std::string target = console.shown(listed.target);
    console.out(flags.details ? long_line(listed, width, name, target, flags.human) : name + "\n");
  }
}

}  // namespace dftp::cli
