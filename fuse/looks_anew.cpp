#include "fuse/looks_anew.h"

#include <algorithm>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_threads = 1024;
// From one request of a walk to the next.
constexpr auto step = 2s;
constexpr std::size_t max_names = 64;

}  // namespace

LooksAnew::LooksAnew() : walks_(max_threads) {}

LooksAnew::Walk* LooksAnew::find(Thread thread, Clock::time_point now) {
  Walk* walk = walks_.find(thread);
  if (!walk || now < walk->until) return walk;
  walks_.erase(thread);
  return nullptr;
}

void LooksAnew::told(Thread thread, About about, Clock::time_point now) {
  walks_.put(thread, {std::move(about), {}, now + step});
}

bool LooksAnew::looks(Thread thread, Clock::time_point now) {
  return find(thread, now) != nullptr;
}

void LooksAnew::looked(Thread thread, Node parent, std::string_view name, Node node, Clock::time_point now) {
  Walk* walk = find(thread, now);
  if (!walk) return;
  // Of a name that is not there nobody asks for the node.
  if (node == missing && walk->about.node != missing) return walks_.erase(thread);
  walk->until = now + step;
  if (walk->looked.size() >= max_names) walk->looked.erase(walk->looked.begin());
  walk->looked.push_back({parent, std::string(name), node});
}

bool LooksAnew::comes_back(Thread thread, const About& about, Clock::time_point now) {
  const Walk* walk = find(thread, now);
  if (!walk || std::string_view(walk->about.operation) != about.operation) return false;
  const auto is_about = [&](const Looked& looked) {
    return about.node != missing ? looked.node == about.node
                                 : looked.parent == about.parent && looked.name == about.name;
  };
  const bool same = about.node != missing && walk->about.node == about.node;
  if (!same && std::ranges::none_of(walk->looked, is_about)) return false;
  walks_.erase(thread);
  return true;
}

}  // namespace dftp::mount
