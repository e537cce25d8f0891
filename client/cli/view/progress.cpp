#include "client/cli/view/progress.h"

#include <algorithm>

namespace dftp::cli {
namespace {

constexpr double rate_window = 5;         // seconds: calm enough to read, quick enough to believe
constexpr std::size_t finished_kept = 8;  // more lines at once nobody reads

bool counts(const Item& item) {
  return item.kind == Announcement::Kind::file || item.kind == Announcement::Kind::symlink;
}

std::string key_of(const Item& item) {
  return std::to_string(item.source) + item.path.absolute();
}

}  // namespace

std::uint64_t FileProgress::done() const {
  return std::min(moved + resumed, size.value_or(moved + resumed));
}

std::string Progress::name_of(const Item& item) const {
  const std::string source = item.source < sources_.size() ? sources_[item.source] : std::string();
  if (item.path.is_root()) return source.empty() ? "/" : source;
  return source.empty() ? item.path.relative() : source + "/" + item.path.relative();
}

Progress::Entry* Progress::find(const Item& item) {
  const auto found = unsettled_.find(key_of(item));
  return found == unsettled_.end() ? nullptr : &found->second;
}

void Progress::announced(const Item& item) {
  if (!counts(item)) return;
  unsettled_[key_of(item)] = {{name_of(item), item.size}, next_order_++};
  ++settled_.files;
  settled_.bytes += item.size.value_or(0);
  if (item.kind == Announcement::Kind::file && !item.size) sizes_known_ = false;
}

void Progress::moved(const Item& item, std::uint64_t bytes) {
  crossed_ += bytes;
  if (Entry* entry = find(item)) entry->file.moved += bytes;
}

void Progress::resumed(const Item& item, std::uint64_t bytes) {
  if (Entry* entry = find(item)) entry->file.resumed += bytes;
}

void Progress::repaired(const Item& item, std::uint64_t bytes) {
  settled_.repaired += bytes;
  if (Entry* entry = find(item)) entry->file.repaired += bytes;
}

void Progress::settled(const Item& item, Outcome outcome) {
  const auto found = unsettled_.find(key_of(item));
  if (found == unsettled_.end()) return;
  FileProgress& file = found->second.file;
  ++settled_.files_done;
  settled_.bytes_done += file.size.value_or(file.done());
  settled_.resumed += file.resumed;
  if (!file.size) settled_.bytes += file.done();
  // Of one that failed before it began there is nothing to say but its error.
  if (outcome != Outcome::failed || file.done() > 0) {
    ++finished_.count;
    if (finished_.files.size() == finished_kept) finished_.files.erase(finished_.files.begin());
    finished_.files.push_back({std::move(file), outcome});
  }
  unsettled_.erase(found);
}

void Progress::restarted() {
  for (auto& [key, entry] : unsettled_) entry.file.moved = entry.file.resumed = entry.file.repaired = 0;
}

void Progress::tick(double seconds) {
  samples_.push_back({seconds, crossed_});
  while (samples_.size() > 2 && seconds - samples_[1].seconds >= rate_window) samples_.pop_front();
}

Progress::Sums Progress::sums() const {
  Sums sums = settled_;
  sums.transferred = crossed_;
  sums.complete = listed_ && sizes_known_;
  for (const auto& [key, entry] : unsettled_) {
    sums.bytes_done += entry.file.done();
    sums.resumed += entry.file.resumed;
  }
  return sums;
}

double Progress::rate() const {
  if (samples_.size() < 2) return 0;
  const Sample &first = samples_.front(), &last = samples_.back();
  const double seconds = last.seconds - first.seconds;
  return seconds > 0 ? static_cast<double>(last.crossed - first.crossed) / seconds : 0;
}

std::optional<double> Progress::seconds_left() const {
  const Sums now = sums();
  const double speed = rate();
  if (!now.complete || speed <= 0) return std::nullopt;
  return static_cast<double>(now.bytes - std::min(now.bytes, now.bytes_done)) / speed;
}

std::vector<FileProgress> Progress::active(std::size_t max) const {
  std::vector<const Entry*> entries;
  for (const auto& [key, entry] : unsettled_) {
    if (entry.file.moved + entry.file.resumed > 0) entries.push_back(&entry);
  }
  const std::size_t shown = std::min(max, entries.size());
  std::ranges::partial_sort(entries, entries.begin() + static_cast<std::ptrdiff_t>(shown), {}, &Entry::order);
  std::vector<FileProgress> files;
  for (std::size_t i = 0; i < shown; ++i) files.push_back(entries[i]->file);
  return files;
}

Progress::Finished Progress::take_finished() {
  return std::exchange(finished_, {});
}

}  // namespace dftp::cli
