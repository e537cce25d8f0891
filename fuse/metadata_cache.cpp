#include "fuse/metadata_cache.h"

#include <sys/stat.h>

#include <algorithm>

#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

// With events that come when something changes; not for ever, since a hard link that is changed under its other name by
// a local process of the server is not always seen.
constexpr Clock::duration told = 120s;
// That a listing has shown all there is.
constexpr Clock::duration listing_holds = 60s;
// Without: what a person does not notice.
constexpr Clock::duration untold = 1s;

// About 250, 120 and 40 bytes each: 40 MB at most.
constexpr std::size_t max_attributes = 64 * 1024;
constexpr std::size_t max_cached_names = 128 * 1024;
constexpr std::size_t max_events = 16 * 1024;
constexpr std::size_t max_watched = limits::watches;
constexpr std::size_t max_lively = 1024;
// After the last name that somebody else has made or removed.
constexpr auto lively_for = 10s;

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

MetadataCache::MetadataCache(const Lifetimes& lifetimes, KernelInvalidations& notices, std::size_t max_nodes)
    : lifetimes_(lifetimes),
      max_nodes_(max_nodes),
      notices_(notices),
      attributes_(max_attributes),
      // A name holds its node.
      names_(
          std::min(max_cached_names, max_nodes / 2), [this](Node node) { nodes_.hold(node); },
          [this](Node node) { nodes_.release(node); }),
      order_(max_events),
      lively_(max_lively) {}

Node MetadataCache::local(std::uint64_t remote, std::uint64_t epoch) {
  return remote == fs::root_node ? root_node : epoch << (64 - epoch_bits) | remote_of(remote);
}

void MetadataCache::found(Node node, Node parent, const std::string& name, const fs::Attr& attr) {
  new_ = nodes_.found(node, parent, name, S_ISDIR(attr.mode)) ? node : missing;
  if (nodes_.files() <= max_nodes_) return;
  for (const Node file : nodes_.next_files(let_go_at_once)) {
    const auto place = nodes_.place(file);
    if (file != node && place && !(is_open && is_open(file))) notices_.release_entry(place->parent, place->name);
  }
}

bool MetadataCache::is_old(Node node, std::uint64_t at) {
  const Order* order = order_.find(node);
  return at < oldest_ || (order && at < order->event);
}

bool MetadataCache::is_overtaken(Node node, std::int64_t ctime, std::uint64_t at) {
  const Order* order = order_.find(node);
  if (order && at < order->change) return true;
  const CachedAttributes* held = attributes_.find(node);
  if (!held || held->until <= Clock::now()) return false;
  return ctime < held->attr.ctime && at <= held->at;
}

void MetadataCache::changed_at(Node node, std::uint64_t at) {
  const Order* known = order_.find(node);
  Order order = known ? *known : Order{};
  order.change = std::max(order.change, at);
  order_.put(node, order);
}

Clock::duration MetadataCache::store(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own) {
  const bool is_new = std::exchange(new_, missing) == node;
  if (is_old(node, at)) {
    attributes_.erase(node);
    return Clock::duration::zero();
  }
  if (is_overtaken(node, attr.ctime, at)) return Clock::duration::zero();
  if (own) changed_at(node, at);
  const CachedAttributes* before = attributes_.find(node);
  if (before) mode_changed(node, before->attr.mode, attr.mode);
  if (before && !own && (before->attr.mtime != attr.mtime || before->attr.size != attr.size)) notices_.data(node);
  const auto lifetime = watched ? lifetimes_.attributes : lifetimes_.attributes_unwatched;
  const bool untouched = before && before->made_here && (own || before->attr.ctime == attr.ctime);
  const bool in_step = before ? before->in_step : is_new;
  attributes_.put(node, {attr, Clock::now() + lifetime, at, untouched, in_step});
  return lifetime;
}

MetadataCache::Known MetadataCache::newest(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own) {
  const auto lifetime = store(node, attr, at, watched, own);
  const auto held = attributes(node, false);
  return held ? *held : Known{attr, lifetime};
}

void MetadataCache::granted(Node node, std::uint64_t at) {
  changed_at(node, at);
  attributes_.erase(node);
  notices_.data(node);
}

bool MetadataCache::is_in_step(Node node) {
  const CachedAttributes* held = attributes_.find(node);
  return held && held->in_step;
}

void MetadataCache::opened(Node node) {
  if (CachedAttributes* held = attributes_.find(node)) held->in_step = true;
}

void MetadataCache::store_written(Node node, std::uint64_t size, std::uint64_t blocks, std::int64_t mtime,
                                  std::int64_t ctime, std::uint32_t mode, std::uint64_t at) {
  if (is_old(node, at)) return attributes_.erase(node);
  if (is_overtaken(node, ctime, at)) return;
  changed_at(node, at);
  CachedAttributes* held = attributes_.find(node);
  if (!held) return;
  // Of answers that are as old as each other, and have the same time: a file only grows by writes.
  const bool newer = at > held->at || ctime > held->attr.ctime;
  held->attr.size = newer ? size : std::max(size, held->attr.size);
  held->at = at;
  held->attr.blocks = blocks;
  held->attr.mtime = mtime;
  held->attr.ctime = ctime;
  mode_changed(node, std::exchange(held->attr.mode, mode), mode);
}

void MetadataCache::mode_changed(Node node, std::uint32_t before, std::uint32_t now) {
  if ((before & ~now & (S_ISUID | S_ISGID)) && is_open && is_open(node)) lost_set_ids(node);
}

net::Task<void> MetadataCache::kernel_knows(net::Executor executor) {
  struct Told {
    explicit Told(net::Executor executor) : arrived(std::move(executor)) {}
    bool is = false;
    net::Signal arrived;
    static net::Task<void> tell(std::shared_ptr<Told> told) {
      told->is = true;
      told->arrived.notify_all();
      co_return;
    }
  };
  const auto told = std::make_shared<Told>(executor);
  notices_.after([told, executor] { net::spawn(executor, Told::tell(told)); });
  while (!told->is) co_await told->arrived.wait();
}

std::optional<MetadataCache::Known> MetadataCache::attributes(Node node, bool offline) {
  const CachedAttributes* held = attributes_.find(node);
  if (!held) return std::nullopt;
  const auto left = held->until - Clock::now();
  if (left > Clock::duration::zero()) return Known{held->attr, left};
  return offline ? std::optional(Known{held->attr, Clock::duration::zero()}) : std::nullopt;
}

void MetadataCache::watched(Node directory, bool is) {
  if (!is) {
    watched_.erase(directory);
  } else if (watched_.size() < max_watched) {
    watched_[directory] = 1;
  }
}

Clock::duration MetadataCache::store_name(Node directory, const std::string& name, Node node, std::uint64_t at,
                                          bool watched) {
  if (is_old(directory, at)) {
    names_.erase(directory, name);
    return Clock::duration::zero();
  }
  const bool doubtful = node == missing && is_lively(directory);
  const auto lifetime = doubtful          ? Clock::duration::zero()
                        : node == missing ? (watched ? lifetimes_.missing : lifetimes_.missing_unwatched)
                                          : (watched ? lifetimes_.names : lifetimes_.names_unwatched);
  const bool believed = names_.put(directory, name, node, Clock::now() + lifetime, at);
  return believed ? lifetime : Clock::duration::zero();
}

bool MetadataCache::is_lively(Node directory) {
  const auto* until = lively_.find(directory);
  if (!until) return false;
  if (Clock::now() < *until) return true;
  lively_.erase(directory);
  return false;
}

Clock::duration MetadataCache::missing_holds(Node directory) {
  if (is_lively(directory)) return Clock::duration::zero();
  return std::min<Clock::duration>(listing_holds,
                                   is_watched(directory) ? lifetimes_.missing : lifetimes_.missing_unwatched);
}

void MetadataCache::listed_whole(Node directory) {
  const auto holds = missing_holds(directory);
  if (holds > Clock::duration::zero()) names_.end_listing(directory, Clock::now() + holds);
}

void MetadataCache::store_empty(Node directory, std::uint64_t at) {
  if (is_old(directory, at)) return;
  watched(directory, true);
  names_.begin_listing(directory);
  names_.end_listing(directory, Clock::now() + lifetimes_.missing);
}

void MetadataCache::store_made(Node node) {
  if (CachedAttributes* held = attributes_.find(node)) held->made_here = true;
}

bool MetadataCache::has_no_capabilities(Node node) {
  const CachedAttributes* held = attributes_.find(node);
  return held && held->made_here && Clock::now() < held->until;
}

void MetadataCache::gave_attribute(Node node) {
  if (CachedAttributes* held = attributes_.find(node)) held->made_here = false;
}

void MetadataCache::changed(const fs::Change& change, std::uint64_t number, std::uint64_t epoch) {
  const Node node = local(change.node, epoch);
  const Order* known = order_.find(node);
  order_.put(node, {number, known ? known->change : 0});
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

void MetadataCache::entries_changed(Node directory, const std::vector<Name>& names) {
  lively_.put(directory, Clock::now() + lively_for);
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

void MetadataCache::gone(Node node) {
  watched_.erase(node);
  names_.erase(node);
  notices_.attributes(node);
  const auto place = nodes_.place(node);
  if (!place) return;
  names_.erase(place->parent, place->name);
  notices_.name(place->parent, place->name);
}

// What was learned for long holds for short now: forget it, it will be asked for again.
void MetadataCache::unwatched(Node directory) {
  watched_.erase(directory);
  names_.erase(directory);
  nodes_.for_each_child(directory, [&](Node child) {
    attributes_.erase(child);
    notices_.data(child);
  });
  notices_.listing(directory);
  notices_.all_names();
}

void MetadataCache::forget_all(std::uint64_t number) {
  oldest_ = number;
  attributes_.clear();
  names_.clear();
  order_.clear();
  lively_.clear();
  watched_.clear();
  notices_.all_names();
  nodes_.for_each([&](Node node) { notices_.data(node); });
}

}  // namespace dftp::mount
