#include "client/sync/plan.h"

#include <algorithm>
#include <array>

#include "proto/wire/limits.h"
#include "proto/wire/path_order.h"

namespace dftp::sync {
namespace {

constexpr auto action_names = std::to_array<std::string_view>(
    {"remove_file", "remove_directory", "make_directory", "send", "rename", "set_time", "set_mode"});

constexpr std::uint32_t owner_writes = 0200;
constexpr std::uint32_t owner_fills = 0700;

const SyncEntry* find(const SyncTree& tree, const std::string& path) {
  const auto found = tree.entries.find(path);
  return found == tree.entries.end() ? nullptr : &found->second;
}

bool is_file(const SyncEntry* entry) {
  return entry && entry->type == FileType::file;
}

// Files by size and time, as far as one alone has them; what is smaller is as soon sent anew.
using Identity = std::pair<std::uint64_t, std::int64_t>;
std::map<Identity, std::string> movable(const SyncTree& tree, const SyncTree& other, const KeptTimes& times) {
  std::map<Identity, std::string> found;
  for (const auto& [path, entry] : tree.entries) {
    if (entry.type != FileType::file || entry.size < limits::leaf_bytes || find(other, path)) continue;
    const auto [place, first] = found.try_emplace({entry.size, times.kept(entry.mtime_ns)}, path);
    if (!first) place->second.clear();
  }
  std::erase_if(found, [](const auto& one) { return one.second.empty(); });
  return found;
}

bool any_above(const std::string& path, const auto& holds) {
  return std::ranges::any_of(directories_above(path), holds);
}

// Whether nobody could look what the source has there.
bool is_unseen(const SyncTree& source, const std::string& path) {
  const auto unseen = [&](std::string_view name) { return source.unseen.contains(std::string(name)); };
  return !source.unseen.empty() && (unseen(everything) || unseen(path) || any_above(path, unseen));
}

// What is denied, or has no name that can be told, is so for itself. A disk that fails may have said anything before.
bool is_untrusted(const SyncTree& source) {
  return std::ranges::any_of(source.errors, [](const Error& error) { return error.code == Code::io; });
}

// Whether something on the way to `path` is no directory any more.
bool is_replaced(const SyncTree& source, const std::string& path) {
  return any_above(path, [&](std::string_view name) {
    const SyncEntry* above = find(source, std::string(name));
    return above && above->type != FileType::directory;
  });
}

std::vector<Question> possible_renames(const SyncTree& source, const SyncTree& destination,
                                       const SyncOptions& options) {
  std::vector<Question> renames;
  if (!options.remove || is_untrusted(source)) return renames;
  const auto gone = movable(destination, source, options.times);
  for (const auto& [identity, path] : movable(source, destination, options.times)) {
    const auto old = gone.find(identity);
    // What could not be seen may still be where it was.
    if (old == gone.end() || is_replaced(source, old->second) || is_unseen(source, old->second)) continue;
    renames.push_back({path, old->second});
  }
  return renames;
}

// Removals: files before directories, and what is in a directory before it; of one depth all at once.
std::pair<bool, std::ptrdiff_t> rank(const PlannedChange& change) {
  const bool directory = change.action == SyncAction::remove_directory;
  return {directory, directory ? -std::ranges::count(change.path, '/') : 0};
}
bool goes_before(const PlannedChange& one, const PlannedChange& other) {
  const auto first = rank(one), second = rank(other);
  return first != second ? first < second : one.path < other.path;
}

class Planner {
 public:
  Planner(const SyncTree& source, const SyncTree& destination, const SyncOptions& options,
          const std::set<Question>& equal)
      : source_(source), destination_(destination), options_(options), equal_(equal) {}

  Result<Plan> run() {
    note_renames();
    for (const auto& [path, entry] : source_.entries) consider(path, entry);
    if (options_.remove) remove_rest();
    if (auto guarded = guard(); !guarded) return std::unexpected(std::move(guarded.error()));
    std::ranges::sort(plan_.replaced, goes_before);
    std::ranges::sort(plan_.removed, goes_before);
    note_errors();
    open_directories();
    return std::move(plan_);
  }

 private:
  void note_renames() {
    for (const Question& one : possible_renames(source_, destination_, options_)) {
      if (!equal_.contains(one)) continue;
      renamed_.emplace(one.source, one.destination);
      moved_.insert(one.destination);
    }
  }

  void consider(const std::string& path, const SyncEntry& entry) {
    const SyncEntry* there = find(destination_, path);
    if (is_blocked(path)) return;
    if (!options_.modes && there && there->type == entry.type && there->mode != entry.mode)
      plan_.kept_modes.emplace(path, there->mode);
    if (entry.type == FileType::other) {
      plan_.special.push_back({Code::special_file, {}, source_.top + path, std::string(special_file_text)});
    } else if (is_unseen(source_, path) && (!there || there->type != FileType::directory)) {
      return;  // it would be made empty
    } else if (there && (entry.type == FileType::directory) != (there->type == FileType::directory)) {
      replace(path, entry, *there);
    } else if (entry.type == FileType::directory) {
      if (!there) plan_.sent.push_back({SyncAction::make_directory, path});
      if (there) match_mode(path, entry, *there);
    } else if (const auto old = renamed_.find(path); old != renamed_.end()) {
      plan_.adjusted.push_back({.action = SyncAction::rename, .path = path, .from = old->second});
      match_mode(path, entry, destination_.entries.at(old->second), plan_.closed);
    } else {
      compare(path, entry, there);
    }
  }

  void compare(const std::string& path, const SyncEntry& entry, const SyncEntry* there) {
    const bool alike = there && there->type == entry.type;
    if (alike && entry.type == FileType::symlink && there->target == entry.target) return;
    if (alike && entry.type == FileType::file && there->size == entry.size) {
      const bool same_time = is_same_time(there->mtime_ns, entry.mtime_ns);
      if (!options_.checksum && same_time) return match_mode(path, entry, *there);
      if (options_.checksum && equal_.contains({path, path})) {
        if (!same_time)
          plan_.adjusted.push_back({.action = SyncAction::set_time, .path = path, .mtime_ns = entry.mtime_ns});
        return match_mode(path, entry, *there);
      }
    }
    send(path, entry);
  }

  bool is_same_time(std::int64_t one, std::int64_t other) const {
    one = options_.times.kept(one), other = options_.times.kept(other);
    const auto later = static_cast<std::uint64_t>(std::max(one, other));
    return later - static_cast<std::uint64_t>(std::min(one, other)) <= static_cast<std::uint64_t>(options_.window_ns);
  }

  void match_mode(const std::string& path, const SyncEntry& entry, const SyncEntry& there) {
    match_mode(path, entry, there, entry.mode & owner_writes ? plan_.opened : plan_.closed);
  }
  void match_mode(const std::string& path, const SyncEntry& entry, const SyncEntry& there,
                  std::vector<PlannedChange>& step) {
    if (options_.modes && entry.mode != there.mode)
      step.push_back({.action = SyncAction::set_mode, .path = path, .mode = entry.mode});
  }

  void send(const std::string& path, const SyncEntry& entry) {
    plan_.sent.push_back({.action = SyncAction::send,
                          .path = path,
                          .size = entry.size,
                          .mtime_ns = options_.times.kept(entry.mtime_ns)});
  }

  // A directory has taken the place of a file, or the other way: the old one goes first.
  void replace(const std::string& path, const SyncEntry& entry, const SyncEntry& there) {
    const bool directory = there.type == FileType::directory;
    const bool keeps = directory && holds_any(destination_.keeping, path);
    const bool unseen = directory && holds_any(destination_.unseen, path);
    if (!options_.remove || keeps || unseen) {
      const std::string what =
          directory ? "a directory is in its place" : "is a directory, and something else is in its place";
      const char* why = keeps    ? " that holds what is left out"
                        : unseen ? " that holds what could not be looked at"
                                 : "; --delete takes it away";
      plan_.refused.push_back({Code::exists, {}, destination_.top + path, what + why});
      blocked_.insert(path);
      return;
    }
    std::vector<std::string> old = {path};
    for (const auto& [name, entry_beneath] : all_beneath(destination_.entries, path)) old.push_back(name);
    for (const std::string& one : old) replaced_.insert(one);
    for (const std::string& one : old) plan_.replaced.push_back(removal(one));
    if (entry.type == FileType::directory) {
      plan_.sent.push_back({SyncAction::make_directory, path});
    } else {
      send(path, entry);
    }
  }

  bool is_blocked(const std::string& path) const {
    return any_above(path, [&](std::string_view above) { return blocked_.contains(above); });
  }

  // Whether one of them is the directory, or in it.
  static bool holds_any(const std::set<std::string>& paths, const std::string& directory) {
    return paths.contains(directory) || !all_beneath(paths, directory).empty();
  }

  PlannedChange removal(const std::string& path) const {
    const SyncEntry& there = destination_.entries.at(path);
    if (there.type == FileType::directory) return {SyncAction::remove_directory, path};
    return {.action = SyncAction::remove_file,
            .path = path,
            .size = there.size,
            .mtime_ns = options_.times.kept(there.mtime_ns)};
  }

  // What nobody knows to be gone, and what is in a directory whose place is another thing's.
  bool stays(const std::string& path) const {
    return is_unseen(source_, path) || is_blocked(path) || any_above(path, [&](std::string_view above) {
             const SyncEntry* at = find(source_, std::string(above));
             return at && at->type == FileType::other;
           });
  }

  void remove_rest() {
    for (const auto& [path, entry] : destination_.entries) {
      if (source_.entries.contains(path) || moved_.contains(path) || replaced_.contains(path)) continue;
      if (entry.type == FileType::directory && holds_any(destination_.keeping, path)) continue;
      if (entry.type == FileType::directory && holds_any(destination_.unseen, path)) continue;
      if (stays(path)) continue;
      plan_.removed.push_back(removal(path));
    }
  }

  Result<void> guard() const {
    const std::size_t removals = plan_.replaced.size() + plan_.removed.size();
    const std::string number = std::to_string(removals) + (removals == 1 ? " thing" : " things");
    if (removals > 0 && source_.entries.empty()) {
      return fail(Code::usage, "--delete",
                  "the source is empty, and " + number + " would be removed; nothing was done");
    }
    if (removals > options_.max_removed) {
      return fail(
          Code::usage, "--max-delete",
          number + " would be removed, more than " + std::to_string(options_.max_removed) + "; nothing was done");
    }
    return {};
  }

  void note_errors() {
    for (const SyncTree* tree : {&destination_, &source_}) {
      plan_.refused.insert(plan_.refused.begin(), tree->errors.begin(), tree->errors.end());
    }
    if (!is_untrusted(source_)) return;
    plan_.withheld = plan_.removed.size();
    plan_.removed.clear();
  }

  // Names can be taken out of a directory, and put into it, only if one may write to it.
  void open_directories() {
    std::set<std::string> changed;
    const auto note = [&](const std::string& path) {
      if (const std::size_t slash = path.rfind('/'); slash != path.npos) changed.insert(path.substr(0, slash));
    };
    for (const auto* step : {&plan_.replaced, &plan_.removed, &plan_.adjusted}) {
      for (const PlannedChange& change : *step) {
        if (change.action == SyncAction::set_time) continue;
        note(change.path);
        if (!change.from.empty()) note(change.from);
      }
    }
    for (const std::string& path : changed) open_directory(path);
  }

  void open_directory(const std::string& path) {
    const SyncEntry* there = find(destination_, path);
    if (!there || there->type != FileType::directory || (there->mode & owner_fills) == owner_fills) return;
    if (there->mode == 0) return;  // who can see what is in it may do everything
    const auto sets_mode = [&](const PlannedChange& change) { return change.path == path; };
    if (std::ranges::any_of(plan_.opened, sets_mode)) return;
    plan_.opened.push_back(
        {.action = SyncAction::set_mode, .path = path, .mode = there->mode | owner_fills, .meanwhile = true});
    const bool goes = std::ranges::any_of(plan_.removed, sets_mode) || replaced_.contains(path);
    if (goes || std::ranges::any_of(plan_.closed, sets_mode)) return;
    plan_.closed.push_back({.action = SyncAction::set_mode, .path = path, .mode = there->mode, .meanwhile = true});
  }

  const SyncTree& source_;
  const SyncTree& destination_;
  const SyncOptions& options_;
  const std::set<Question>& equal_;
  std::map<std::string, std::string> renamed_;  // new path -> old path
  std::set<std::string> moved_, replaced_;
  std::set<std::string, std::less<>> blocked_;  // what is in them cannot be made
  Plan plan_;
};

}  // namespace

std::vector<PlannedChange> Plan::all() const {
  std::vector<PlannedChange> changes;
  for (const auto* step : {&opened, &replaced, &sent, &adjusted, &removed, &closed}) {
    changes.insert(changes.end(), step->begin(), step->end());
  }
  return changes;
}

std::vector<PlannedChange> Plan::removed_after_failures() const {
  std::set<Identity> came;
  for (const PlannedChange& change : sent) {
    if (change.action == SyncAction::send) came.emplace(change.size, change.mtime_ns);
  }
  std::set<std::string, std::less<>> kept;  // these, and the directories above them
  for (const PlannedChange& change : removed) {
    if (change.action != SyncAction::remove_file || !came.contains({change.size, change.mtime_ns})) continue;
    kept.insert(change.path);
    for (const std::string_view above : directories_above(change.path)) kept.emplace(above);
  }
  std::vector<PlannedChange> rest;
  std::ranges::copy_if(removed, std::back_inserter(rest),
                       [&](const PlannedChange& change) { return !kept.contains(change.path); });
  return rest;
}

std::string_view name_of(SyncAction action) {
  return action_names[static_cast<std::size_t>(action)];
}

std::set<Question> questions(const SyncTree& source, const SyncTree& destination, const SyncOptions& options) {
  std::set<Question> asked;
  for (Question& one : possible_renames(source, destination, options)) asked.insert(std::move(one));
  if (!options.checksum) return asked;
  for (const auto& [path, entry] : source.entries) {
    const SyncEntry* there = find(destination, path);
    if (entry.type == FileType::file && is_file(there) && there->size == entry.size) asked.insert({path, path});
  }
  return asked;
}

Result<Plan> make_plan(const SyncTree& source, const SyncTree& destination, const SyncOptions& options,
                       const std::set<Question>& equal) {
  return Planner(source, destination, options, equal).run();
}

}  // namespace dftp::sync
