#include "client/cli/view/list_view.h"

#include <unistd.h>

#include <cstdlib>

#include "client/cli/view/name_colors.h"
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

// As $LS_COLORS has it for ls; nullptr: none.
const NameColors* colors_of(Console& console) {
  static const NameColors colors([] {
    const char* text = std::getenv("LS_COLORS");
    return std::string_view(text ? text : "");
  }());
  return console.mode().out_is_terminal && wants_color() ? &colors : nullptr;
}

void print_columns(Console& console, const std::vector<ListedEntry>& entries, const NameColors* name_colors) {
  std::vector<std::string> names, colors;
  for (const ListedEntry& listed : entries) {
    names.push_back(console.shown(listed.entry.name));
    if (name_colors) colors.push_back(name_colors->of(listed.entry));
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
  const NameColors* colors = colors_of(console);
  if (!flags.details && !flags.single_column && console.mode().out_is_terminal)
    return print_columns(console, entries, colors);
  const std::size_t width = size_width(entries, flags.human);
  for (const ListedEntry& listed : entries) {
    const std::string name = colored(console.shown(listed.entry.name), colors ? colors->of(listed.entry) : "");
    const std::string target = console.shown(listed.target);
    console.out(flags.details ? long_line(listed, width, name, target, flags.human) : name + "\n");
  }
}

}  // namespace dftp::cli
