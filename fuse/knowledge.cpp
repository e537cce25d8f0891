#include "fuse/knowledge.h"

#include <sys/stat.h>

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

// With events that come when something changes; not for ever, since a hard link that is changed under its other name by
// a local process of the server is not always seen.
constexpr Clock::duration told = 120s;
// Without: what a person does not notice.
constexpr Clock::duration untold = 1s;

// About 250, 120 and 40 bytes each: 40 MB at most.
constexpr std::size_t attributes_most = 64 * 1024;
constexpr std::size_t names_most = 128 * 1024;
constexpr std::size_t events_most = 16 * 1024;
constexpr std::size_t watched_most = limits::watches;

// For each one that comes when there are too many: not all can go.
constexpr std::size_t let_go_at_once = 2;

Clock::duration or_default(const std::optional<Seconds>& given, Clock::duration otherwise) {
  return given ? std::chrono::duration_cast<Clock::duration>(*given) : otherwise;
}

}  // namespace

Lifetimes::Lifetimes(const MountOptions& options)
    : attributes(or_default(options.attr_timeout, told)),
      attributes_unwatched(or_default(options.attr_timeout, untold)),
      names(or_default(options.entry_timeout, told)),
      names_unwatched(or_default(options.entry_timeout, untold)),
      missing(or_default(options.negative_timeout, told)),
      missing_unwatched(or_default(options.negative_timeout, untold)) {}

Knowledge::Knowledge(const Lifetimes& lifetimes, Notices& notices, std::size_t nodes_most)
    : lifetimes_(lifetimes),
      nodes_most_(nodes_most),
      notices_(notices),
      attributes_(attributes_most),
      // A name holds its node.
      names_(
          std::min(names_most, nodes_most / 2), [this](Node node) { nodes_.hold(node); },
          [this](Node node) { nodes_.release(node); }),
      last_event_(events_most) {}

Node Knowledge::local(std::uint64_t remote, std::uint64_t epoch) {
  return remote == fs::root_node ? root_node : epoch << (64 - epoch_bits) | remote_of(remote);
}

void Knowledge::found(Node node, Node parent, const std::string& name, const fs::Attr& attr) {
  nodes_.found(node, parent, name, S_ISDIR(attr.mode));
  if (nodes_.files() <= nodes_most_) return;
  for (const Node file : nodes_.next_files(let_go_at_once)) {
    const auto place = nodes_.place(file);
    if (file != node && place && !(is_open && is_open(file))) notices_.let_go(place->parent, place->name);
  }
}

bool Knowledge::is_old(Node node, std::uint64_t at) {
  const std::uint64_t* number = last_event_.find(node);
  return at < oldest_ || (number && *number > at);
}

Clock::duration Knowledge::learn(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own) {
  if (is_old(node, at)) {
    attributes_.erase(node);
    return Clock::duration::zero();
  }
  const Held* before = attributes_.find(node);
  if (before && !own && (before->attr.mtime != attr.mtime || before->attr.size != attr.size)) notices_.data(node);
  const auto lifetime = watched ? lifetimes_.attributes : lifetimes_.attributes_unwatched;
  const bool untouched = before && before->made_here && (own || before->attr.ctime == attr.ctime);
  attributes_.put(node, {attr, Clock::now() + lifetime, untouched});
  return lifetime;
}

void Knowledge::learn_written(Node node, std::uint64_t size, std::uint64_t blocks, std::int64_t mtime,
                              std::int64_t ctime, std::uint32_t mode, std::uint64_t at) {
  Held* held = attributes_.find(node);
  if (!held) return;
  if (is_old(node, at)) return attributes_.erase(node);
  // Answers to writes overtake each other, and several have the same time: a file only grows by them.
  if (ctime < held->attr.ctime) return;
  held->attr.size = ctime > held->attr.ctime ? size : std::max(size, held->attr.size);
  held->attr.blocks = blocks;
  held->attr.mtime = mtime;
  held->attr.ctime = ctime;
  held->attr.mode = mode;
}

std::optional<Knowledge::Known> Knowledge::attributes(Node node, bool offline) {
  const Held* held = attributes_.find(node);
  if (!held) return std::nullopt;
  const auto left = held->until - Clock::now();
  if (left > Clock::duration::zero()) return Known{held->attr, left};
  return offline ? std::optional(Known{held->attr, Clock::duration::zero()}) : std::nullopt;
}

void Knowledge::watched(Node directory, bool is) {
  if (!is) {
    watched_.erase(directory);
  } else if (watched_.size() < watched_most) {
    watched_[directory] = 1;
  }
}

Clock::duration Knowledge::learn_name(Node directory, const std::string& name, Node node, std::uint64_t at,
                                      bool watched) {
  if (is_old(directory, at)) {
    names_.erase(directory, name);
    return Clock::duration::zero();
  }
  const auto lifetime = node == missing ? (watched ? lifetimes_.missing : lifetimes_.missing_unwatched)
                                        : (watched ? lifetimes_.names : lifetimes_.names_unwatched);
  names_.put(directory, name, node, Clock::now() + lifetime);
  return lifetime;
}

void Knowledge::learn_empty(Node directory, std::uint64_t at) {
  if (is_old(directory, at)) return;
  watched(directory, true);
  names_.begin_listing(directory);
  names_.end_listing(directory, Clock::now() + lifetimes_.missing);
}

void Knowledge::learn_made(Node node) {
  if (Held* held = attributes_.find(node)) held->made_here = true;
}

bool Knowledge::has_no_capabilities(Node node) {
  const Held* held = attributes_.find(node);
  return held && held->made_here && Clock::now() < held->until;
}

void Knowledge::gave_attribute(Node node) {
  if (Held* held = attributes_.find(node)) held->made_here = false;
}

void Knowledge::changed(const fs::Change& change, std::uint64_t number, std::uint64_t epoch) {
  const Node node = local(change.node, epoch);
  last_event_.put(node, number);
  attributes_.erase(node);
  for (const fs::What what : change.what) {
    switch (what) {
      case fs::What::attr: notices_.attributes(node); break;
      case fs::What::data: notices_.data(node); break;
      case fs::What::entries: entries_changed(node, change.names); break;
      case fs::What::gone: gone(node); break;
      case fs::What::unwatched: unwatched(node); break;
    }
  }
}

void Knowledge::entries_changed(Node directory, const std::vector<Name>& names) {
  for (const Name& name : names) {
    names_.erase(directory, name.bytes);
    notices_.name(directory, name.bytes);
  }
  if (names.empty()) {
    names_.erase(directory);
    notices_.all_names();
  }
  notices_.listing(directory);
}

void Knowledge::gone(Node node) {
  watched_.erase(node);
  names_.erase(node);
  notices_.attributes(node);
  const auto place = nodes_.place(node);
  if (!place) return;
  names_.erase(place->parent, place->name);
  notices_.name(place->parent, place->name);
}

// What was learned for long holds for short now: forget it, it will be asked for again.
void Knowledge::unwatched(Node directory) {
  watched_.erase(directory);
  names_.erase(directory);
  nodes_.for_each_child(directory, [&](Node child) {
    attributes_.erase(child);
    notices_.data(child);
  });
  notices_.listing(directory);
  notices_.all_names();
}

void Knowledge::forget_all(std::uint64_t number) {
  oldest_ = number;
  attributes_.clear();
  names_.clear();
  last_event_.clear();
  watched_.clear();
  notices_.all_names();
  nodes_.for_each([&](Node node) { notices_.data(node); });
}

}  // namespace dftp::mount
