// What runs in the background of a session. Belongs to one loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/verbs/context.h"

namespace dftp::cli {

enum class Schedule { at_once, in_turn };  // in turn: behind those that were started so

class BackgroundJobs {
 public:
  explicit BackgroundJobs(net::Executor executor) : changed_(std::move(executor)) {}

  // The number of the new job. It has a session of its own, in the directory that `context` is in now: what becomes of
  // that one's connection does not touch it. `line` is what the user typed. Code::too_many when enough is under way.
  Result<int> start(const Context& context, const Call& call, const std::string& line, Schedule when);

  struct UnderWay {
    int number;
    std::string line;  // printable, with its progress
  };
  std::vector<UnderWay> under_way() const;
  std::vector<std::string> lines() const;  // of these
  // Until these jobs have ended (none given: all), or `interrupts` says to stop; `meanwhile` is called again and
  // again. The exit code of the first that failed. Code::not_found: there is no such job.
  net::Task<Result<int>> wait(std::vector<int> numbers, const Interrupts& interrupts,
                              const std::function<void()>& meanwhile) const;
  // Until all have ended; the same exit code.
  net::Task<int> end(const Interrupts& interrupts) const;
  // Stops one. Code::not_found: it is not under way.
  Result<void> cancel(int number);
  void cancel_all();

 private:
  struct Job;
  static net::Task<void> run(BackgroundJobs& jobs, std::shared_ptr<Job> job);
  std::shared_ptr<Job> find(int number) const;
  bool has_turn(const Job& job) const;

  // Those under way, and the last ones that ended.
  std::vector<std::shared_ptr<Job>> jobs_;
  int last_ = 0;
  mutable net::Signal changed_;
};

}  // namespace dftp::cli
