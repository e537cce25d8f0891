#include "tests/support/link_options.h"

#include <charconv>
#include <map>
#include <optional>
#include <string_view>

namespace dftp::test {
namespace {

using Units = std::map<std::string_view, double>;

const Units nanoseconds = {{"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
const Units bits_a_second = {{"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}};
const Units none = {{"", 1}};

struct Row {
  const char* name;
  const Units& units;
  double least, max;
  void (*set)(LinkOptions&, double);
};

const Row rows[] = {
    {"--rtt", nanoseconds, 0, 60e9,
     [](LinkOptions& options, double value) { options.shape.delay = LinkTime(static_cast<std::int64_t>(value / 2)); }},
    {"--rate", bits_a_second, 1e3, 100e9,
     [](LinkOptions& options, double value) { options.shape.rate = static_cast<std::uint64_t>(value); }},
    {"--loss", none, 0, 1, [](LinkOptions& options, double value) { options.shape.loss = value; }},
    {"--queue", none, 1, 1 << 30,
     [](LinkOptions& options, double value) { options.shape.queue = static_cast<std::uint64_t>(value); }},
    {"--seed", none, 0, 1e15,
     [](LinkOptions& options, double value) { options.seed = static_cast<std::uint64_t>(value); }},
};

const Row* row_named(std::string_view name) {
  for (const Row& row : rows) {
    if (name == row.name) return &row;
  }
  return nullptr;
}

std::optional<double> parse_quantity(std::string_view text, const Units& units) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto unit = units.find(text.substr(static_cast<std::size_t>(end - text.data())));
  if (error != std::errc() || unit == units.end()) return {};
  return value * unit->second;
}

std::unexpected<std::string> refused(std::string name, const std::string& why) {
  return std::unexpected(name.append(": ").append(why));
}

std::uint64_t default_queue(const LinkShape& shape) {
  const double round_trip = 2 * std::chrono::duration<double>(shape.delay).count();
  return std::max<std::uint64_t>(1 << 20, static_cast<std::uint64_t>(static_cast<double>(shape.rate) / 8 * round_trip));
}

}  // namespace

const char* const link_usage =
    "usage: dftp_link [--rtt 100ms] [--rate 1gbit] [--loss 0.001] [--queue BYTES] [--seed N]\n"
    "  Joins two new network namespaces (10.99.0.1 and 10.99.0.2) by such a link until standard input ends.\n"
    "  Units: us ms s; bit kbit mbit gbit. tests/support/link.py says more.\n";

std::expected<LinkOptions, std::string> parse_link_options(std::span<const char* const> arguments) {
  LinkOptions options;
  options.shape.queue = 0;
  for (std::size_t index = 0; index < arguments.size(); index += 2) {
    const char* name = arguments[index];
    const Row* row = row_named(name);
    if (!row) return refused(name, "unknown option");
    if (index + 1 == arguments.size()) return refused(name, "needs a value");
    const char* text = arguments[index + 1];
    const auto value = parse_quantity(text, row->units);
    const bool valid = value && *value >= row->least && *value <= row->max;
    if (!valid) return refused(name, std::string("no such value: ") + text);
    row->set(options, *value);
  }
  if (options.shape.queue == 0) options.shape.queue = default_queue(options.shape);
  return options;
}

}  // namespace dftp::test
