#include "client/sync/sync_run.h"

#include <algorithm>

#include "client/sync/in_parallel.h"

namespace dftp::sync {
namespace {

constexpr std::size_t width = 32;

auto kind_of(const PlannedChange& change) {
  const bool directory = change.action == SyncAction::remove_directory;
  return std::pair(change.action, directory ? std::ranges::count(change.path, '/') : 0);
}

// What may be done side by side: changes of one kind, of directories those of one depth.
std::size_t end_of_run(const std::vector<PlannedChange>& changes, std::size_t begin) {
  std::size_t end = begin;
  while (end < changes.size() && kind_of(changes[end]) == kind_of(changes[begin])) ++end;
  return end;
}

net::Task<bool> carry_out_one(SyncSide& side, PlannedChange change, const SyncRun::OnChange& on_change) {
  const auto done = co_await side.carry_out(change);
  on_change(change, done);
  co_return done.has_value();
}

}  // namespace

SyncRun::SyncRun(net::Executor executor, std::unique_ptr<SyncSide> source, std::unique_ptr<SyncSide> destination,
                 const SyncOptions& options)
    : executor_(std::move(executor)),
      source_(std::move(source)),
      destination_(std::move(destination)),
      options_(options) {}

net::Task<Result<Plan>> SyncRun::plan(const PathRules& rules) {
  auto [source, destination] = co_await net::both(source_->list(rules), destination_->list(rules));
  if (!source) co_return std::unexpected(std::move(source.error()));
  const bool missing = !destination && destination.error().code == Code::not_found;
  if (!destination && !missing) co_return std::unexpected(std::move(destination.error()));
  const SyncTree there = missing ? SyncTree() : std::move(*destination);
  SyncOptions options = options_;
  if (!missing) {
    const auto times = co_await destination_->kept_times();
    if (!times) co_return std::unexpected(times.error());
    options.times = *times;
  }
  const auto asked = questions(*source, there, options);
  const auto equal = co_await answers(asked);
  if (!equal) co_return std::unexpected(equal.error());
  auto plan = make_plan(*source, there, options, *equal);
  if (!plan) co_return plan;
  if (missing) plan->replaced.insert(plan->replaced.begin(), PlannedChange{SyncAction::make_directory, {}});
  everything_ = there.entries.empty() && rules.empty();
  co_return plan;
}

net::Task<Result<std::set<Question>>> SyncRun::answers(const std::set<Question>& asked) {
  std::set<Question> equal;
  if (asked.empty()) co_return equal;
  std::vector<std::string> here, there;
  for (const Question& one : asked) {
    here.push_back(one.source);
    there.push_back(one.destination);
  }
  auto [source, destination] = co_await net::both(source_->digests(here), destination_->digests(there));
  if (!source) co_return std::unexpected(std::move(source.error()));
  if (!destination) co_return std::unexpected(std::move(destination.error()));
  std::size_t i = 0;
  for (const Question& one : asked) {
    if (!(*source)[i].empty() && (*source)[i] == (*destination)[i]) equal.insert(one);
    ++i;
  }
  co_return equal;
}

net::Task<void> SyncRun::carry_out(const std::vector<PlannedChange>& changes, const OnChange& on_change) {
  const InParallel<PlannedChange>::Act act = [&](PlannedChange change) {
    return carry_out_one(*destination_, std::move(change), on_change);
  };
  for (std::size_t begin = 0; begin < changes.size();) {
    const std::size_t end = end_of_run(changes, begin);
    std::deque<PlannedChange> run(changes.begin() + static_cast<std::ptrdiff_t>(begin),
                                  changes.begin() + static_cast<std::ptrdiff_t>(end));
    InParallel<PlannedChange> running(executor_, run, act);
    co_await running.run(std::min(width, end - begin));
    begin = end;
  }
}

}  // namespace dftp::sync
