#include "fuse/open_ahead.h"

#include <algorithm>

namespace dftp::mount {
namespace {

constexpr std::size_t max_directories = 32;
// Past that a listing takes more memory than its use is worth.
constexpr std::size_t max_files = 20000;
// One file may be left out: it is no regular one, or it is known.
constexpr std::size_t skipped = 2;
constexpr std::size_t run_least = 2;

}  // namespace

OpenAhead::OpenAhead() : directories_(max_directories) {}

void OpenAhead::begin_listing(Node directory) {
  directories_.put(directory, {});
}

void OpenAhead::listed(Node directory, const std::string& name, Node file) {
  Directory* known = directories_.find(directory);
  if (!known || known->sorted || known->names.size() >= max_files) return;
  known->names.emplace_back(name, file);
}

void OpenAhead::sort(Directory& directory) {
  directory.sorted = true;
  const auto fill = [&](Order& order) {
    for (const auto& [name, file] : directory.names) {
      order.places.emplace(file, order.files.size());
      order.files.push_back(file);
    }
  };
  fill(directory.listed);
  std::ranges::sort(directory.names);
  fill(directory.by_name);
  directory.names = {};
}

std::vector<Node> OpenAhead::next(Node directory, Node file) {
  Directory* known = directories_.find(directory);
  if (!known) return {};
  if (!known->sorted) sort(*known);
  auto files = step(known->listed, file);
  return files.empty() ? step(known->by_name, file) : files;
}

std::vector<Node> OpenAhead::step(Order& order, Node file) {
  const auto found = order.places.find(file);
  if (found == order.places.end()) return {};
  const std::size_t place = found->second;
  const bool follows = order.last != SIZE_MAX && place > order.last && place <= order.last + skipped;
  order.run = follows ? order.run + 1 : 0;
  order.last = place;
  if (order.run < run_least) return {};
  // In batches: half of the window is used up before more is asked for.
  const std::size_t window = std::min(max, std::size_t{1} << std::min<std::size_t>(order.run, 10));
  order.ahead = std::max(order.ahead, place + 1);
  if (order.ahead > place + window / 2) return {};
  const std::size_t end = std::min(order.files.size(), place + 1 + window);
  if (order.ahead >= end) return {};
  std::vector<Node> files(order.files.begin() + static_cast<std::ptrdiff_t>(order.ahead),
                          order.files.begin() + static_cast<std::ptrdiff_t>(end));
  order.ahead = end;
  return files;
}

}  // namespace dftp::mount
