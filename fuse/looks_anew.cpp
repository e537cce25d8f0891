#include "fuse/looks_anew.h"

#include <algorithm>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_threads = 1024;
// From one request of a walk to the next.
constexpr auto step = 2s;
// A thread that goes on looking names up is at something else by then.
constexpr auto whole_walk = 20s;
constexpr std::size_t max_names = 64;

// By these the kernel finds out whether the caller may do what it wants to.
bool is_on_the_way(std::string_view operation) {
  return operation == "getattr" || operation == "access" || operation == "lookup";
}

}  // namespace

LooksAnew::LooksAnew() : walks_(max_threads) {}

LooksAnew::Walk* LooksAnew::find(Thread thread, Clock::time_point now) {
  Walk* walk = walks_.find(thread);
  if (!walk || now < walk->until) return walk;
  walks_.erase(thread);
  return nullptr;
}

void LooksAnew::told(Thread thread, About about, Clock::time_point now) {
  walks_.put(thread, {std::move(about), {}, now + step, now + whole_walk});
}

bool LooksAnew::looks(Thread thread, Clock::time_point now) {
  return find(thread, now) != nullptr;
}

void LooksAnew::looked(Thread thread, Node parent, std::string_view name, Node node, Clock::time_point now) {
  Walk* walk = find(thread, now);
  if (!walk) return;
  // Of a name that is not there nobody asks for the node.
  if (node == missing && walk->about.node != missing) return walks_.erase(thread);
  walk->until = std::min(now + step, walk->at_most_until);
  if (walk->looked.size() >= max_names) walk->looked.erase(walk->looked.begin());
  walk->looked.push_back({parent, std::string(name), node});
}

LooksAnew::Back LooksAnew::comes_back(Thread thread, const About& about, Clock::time_point now) {
  const Walk* walk = find(thread, now);
  if (!walk) return Back::no;
  const auto is_about = [&](const Looked& looked) {
    return about.node != missing ? looked.node == about.node
                                 : looked.parent == about.parent && looked.name == about.name;
  };
  const bool same_operation = std::string_view(walk->about.operation) == about.operation;
  const bool found = std::ranges::any_of(walk->looked, is_about);
  const bool as_it_was = same_operation && about.node != missing && walk->about.node == about.node;
  if (!found && !as_it_was) return Back::no;
  if (!found || !is_on_the_way(about.operation)) walks_.erase(thread);
  return found ? Back::found : Back::as_it_was;
}

}  // namespace dftp::mount
