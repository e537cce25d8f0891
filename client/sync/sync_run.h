// One sync: what is to be done, and the doing of all of it but the files themselves, which a transfer sends in between.
// Belongs to one loop.
#pragma once

#include <functional>
#include <memory>

#include "client/sync/side.h"

namespace dftp::sync {

class SyncRun {
 public:
  // Is told of each change when it is made, or why it could not be.
  using OnChange = std::function<void(const PlannedChange& change, const Result<void>& done)>;

  SyncRun(net::Executor executor, std::unique_ptr<SyncSide> source, std::unique_ptr<SyncSide> destination,
          const SyncOptions& options);

  // Looks at both sides and changes nothing. A destination that is not there is empty; its top is the first change.
  net::Task<Result<Plan>> plan(const PathRules& rules);
  // Anything but what is sent. One failure does not keep the others waiting.
  net::Task<void> carry_out(const std::vector<PlannedChange>& changes, const OnChange& on_change);

  // Whether nothing at all is left out and nothing is there yet: the transfer need not choose.
  bool everything() const { return everything_; }

 private:
  net::Task<Result<std::set<Question>>> answers(const std::set<Question>& asked);

  const net::Executor executor_;
  const std::unique_ptr<SyncSide> source_, destination_;
  const SyncOptions options_;
  bool everything_ = false;
};

}  // namespace dftp::sync
