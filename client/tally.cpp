#include "client/tally.h"

#include <algorithm>

namespace dftp::client {
namespace {

// Below this one connection is as fast as several and costs less.
constexpr std::uint64_t large_bytes = 4 * 1024 * 1024;
constexpr std::uint64_t large_things = 256;

// What goes along unasked is sent anew with every attempt.
constexpr std::uint64_t progress_bytes = 1024 * 1024;

std::size_t key_of(const Item& item) {
  const std::string name =
      std::to_string(item.source) + ' ' + std::string(name_of(item.kind)) + ' ' + item.path.absolute();
  return std::hash<std::string>()(name);
}

void add(std::optional<Stalls>& sum, const std::optional<Stalls>& more) {
  if (!more) return;
  const Stalls before = sum.value_or(Stalls());
  sum = {before.peer + more->peer, before.disk + more->disk, before.hash + more->hash, before.tls + more->tls,
         before.limit + more->limit};
}

bool has_content(const Item& item) {
  return item.kind == Announcement::Kind::file || item.kind == Announcement::Kind::symlink;
}

}  // namespace

void Tally::begin_attempt(std::vector<std::uint32_t> sources, bool hold_busy, std::function<void()> when_large) {
  sources_ = std::move(sources);
  hold_busy_ = hold_busy;
  when_large_ = std::move(when_large);
  progressed_ = false;
  moved_ = 0;
  announced_bytes_ = announced_things_ = 0;
}

void Tally::detach() {
  static TransferObserver nobody;
  observer_ = &nobody;
  when_large_ = nullptr;
}

bool Tally::progressed() const {
  return progressed_ || moved_ >= progress_bytes;
}

std::optional<Error> Tally::held() const {
  return held_.empty() ? std::nullopt : std::optional(held_.begin()->second.error);
}

std::vector<std::uint32_t> Tally::held_sources() const {
  std::set<std::uint32_t> sources;
  for (const auto& [key, held] : held_) sources.insert(held.item.source);
  return {sources.begin(), sources.end()};
}

void Tally::release_held() {
  for (const auto& [key, held] : std::exchange(held_, {})) {
    states_.set(key, ItemState::failed);
    pass_on(held.item, Outcome::failed, held.error, {});
  }
}

std::vector<std::uint32_t> Tally::left_of(const std::vector<std::uint32_t>& sources) const {
  std::vector<std::uint32_t> left;
  std::ranges::copy_if(sources, std::back_inserter(left),
                       [&](std::uint32_t source) { return !settled_sources_.contains(source); });
  return left;
}

const Item& Tally::in_job(const Item& item) {
  if (item.source >= sources_.size() || sources_[item.source] == item.source) return item;
  renumbered_ = item;
  renumbered_.source = sources_[item.source];
  return renumbered_;
}

void Tally::add_stalls(const std::optional<Stalls>& sender, const std::optional<Stalls>& receiver) {
  add(sender_stalls_, sender);
  add(receiver_stalls_, receiver);
}

void Tally::announced(const Item& item) {
  const Item& known = in_job(item);
  if (const Key key = key_of(known); states_.get(key) == ItemState::unknown) {
    states_.set(key, ItemState::announced);
    observer_->announced(known);
  }
  ++announced_things_;
  announced_bytes_ += item.size.value_or(0);
  if (when_large_ && (announced_bytes_ > large_bytes || announced_things_ > large_things)) {
    std::exchange(when_large_, nullptr)();
  }
}

void Tally::listed() {
  if (last_request_ && !std::exchange(listed_, true)) observer_->listed();
}

void Tally::moved(const Item& item, std::uint64_t bytes) {
  moved_ += bytes;
  totals_.transferred += bytes;
  observer_->moved(in_job(item), bytes);
}

void Tally::resumed(const Item& item, std::uint64_t bytes) {
  totals_.resumed += bytes;
  observer_->resumed(in_job(item), bytes);
}

void Tally::repaired(const Item& item, std::uint64_t bytes) {
  totals_.repaired += bytes;
  observer_->repaired(in_job(item), bytes);
}

void Tally::settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
                    const std::optional<Proof>& proof) {
  const Item& known = in_job(item);
  Key key = key_of(known);
  // Names that are too long come with the path of their directory: only the error tells one from another.
  if (error && error->code == Code::name_too_long) key ^= std::hash<std::string>()(error->where);
  if (known.path.is_root() && known.kind != Announcement::Kind::end) answered_.insert(known.source);
  if (outcome == Outcome::failed && hold_busy_ && error && error->code == Code::busy) {
    held_.insert_or_assign(key, WithheldFailure{known, *error});
    return;
  }
  held_.erase(key);
  if (known.path.is_root() && has_content(known)) settled_sources_.insert(known.source);
  const ItemState state = states_.get(key);
  if (state == ItemState::good || (state == ItemState::failed && outcome == Outcome::failed)) return;
  if (state == ItemState::failed) --totals_.failed;
  progressed_ = true;
  states_.set(key, outcome == Outcome::failed ? ItemState::failed : ItemState::good);
  pass_on(known, outcome, error, proof);
}

void Tally::pass_on(const Item& item, Outcome outcome, const std::optional<Error>& error,
                    const std::optional<Proof>& proof) {
  if (outcome == Outcome::failed) ++totals_.failed;
  if (outcome == Outcome::stored && has_content(item)) ++totals_.files;
  if (outcome == Outcome::skipped && has_content(item)) ++totals_.skipped;
  if (outcome == Outcome::special) ++totals_.special;
  if (outcome != Outcome::failed) totals_.bytes += proof ? proof->size : item.size.value_or(0);
  observer_->settled(item, outcome, error, proof);
}

}  // namespace dftp::client
