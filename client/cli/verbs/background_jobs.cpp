#include "client/cli/verbs/background_jobs.h"

#include <algorithm>
#include <csignal>

#include "client/cli/verbs/run_call.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"
#include "client/cli/view/transfer_view.h"

namespace dftp::cli {
namespace {

// Each has a connection; more at once make none of them faster.
constexpr std::size_t max_under_way = 64;
// Jobs whose end `wait` still knows.
constexpr std::size_t max_kept = 256;

constexpr auto look_again = std::chrono::milliseconds(100);

}  // namespace

struct BackgroundJobs::Job {
  Job(int of, const Context& from, Call what, std::string typed, Schedule when)
      : number(of),
        line(std::move(typed)),
        call(std::move(what)),
        in_turn(when == Schedule::in_turn),
        console(from.console.of_job(of)),
        interrupts(from.interrupts),
        context(context_of_job(from, console, interrupts, status, "[" + std::to_string(number) + "] " + line + ": ")) {}

  const int number;
  const std::string line;
  const Call call;
  const bool in_turn;
  Console console;
  Interrupts interrupts;
  JobStatus status;
  Context context;
  bool begun = false;
  std::optional<int> code;  // when it has ended
};

Result<int> BackgroundJobs::start(const Context& context, const Call& call, const std::string& line, Schedule when) {
  if (under_way().size() >= max_under_way) {
    return fail(Code::too_many, line, std::to_string(max_under_way) + " jobs are under way; wait for one");
  }
  const auto job = std::make_shared<Job>(++last_, context, call, printable(line), when);
  if (jobs_.size() >= max_kept) {
    const auto ended = std::ranges::find_if(jobs_, [](const auto& one) { return one->code.has_value(); });
    jobs_.erase(ended);
  }
  jobs_.push_back(job);
  net::spawn(context.session.executor(), run(*this, job));
  return job->number;
}

bool BackgroundJobs::has_turn(const Job& job) const {
  return !job.in_turn || std::ranges::none_of(jobs_, [&](const auto& other) {
    return other->in_turn && !other->code && other->number < job.number;
  });
}

net::Task<void> BackgroundJobs::run(BackgroundJobs& jobs, std::shared_ptr<Job> job) {
  // Cancelled while it waits for its turn.
  job->interrupts.set_action([](int) {});
  while (!jobs.has_turn(*job) && job->interrupts.received() == 0) co_await jobs.changed_.wait_for(look_again);
  int code = exit_interrupted;
  if (job->interrupts.received() == 0) {
    job->begun = true;
    code = co_await run_call(job->context, job->call);
  }
  job->code = code;
  // A transfer has said how it was.
  if (code != exit_ok) {
    job->console.note(job->context.label + (code == exit_interrupted ? "cancelled" : "failed"));
  } else if (!moves_files(*job->call.verb)) {
    job->console.note(job->context.label + "done");
  }
  jobs.changed_.notify_all();
}

std::vector<BackgroundJobs::UnderWay> BackgroundJobs::under_way() const {
  std::vector<UnderWay> found;
  for (const auto& job : jobs_) {
    if (job->code) continue;
    const std::string& progress = job->status.progress;
    const std::string how = !job->begun ? "waits for its turn" : progress.empty() ? "runs" : progress;
    found.push_back({job->number, job->context.label + how});
  }
  return found;
}

std::vector<std::string> BackgroundJobs::lines() const {
  std::vector<std::string> lines;
  for (UnderWay& job : under_way()) lines.push_back(std::move(job.line));
  return lines;
}

std::shared_ptr<BackgroundJobs::Job> BackgroundJobs::find(int number) const {
  const auto found = std::ranges::find_if(jobs_, [&](const auto& job) { return job->number == number; });
  return found == jobs_.end() ? nullptr : *found;
}

net::Task<Result<int>> BackgroundJobs::wait(std::vector<int> numbers, const Interrupts& interrupts,
                                            const std::function<void()>& meanwhile) const {
  std::vector<std::shared_ptr<Job>> awaited;
  for (const auto& job : jobs_) {
    if (numbers.empty() && !job->code) awaited.push_back(job);
  }
  for (const int number : numbers) {
    awaited.push_back(find(number));
    if (!awaited.back()) co_return fail(Code::not_found, std::to_string(number), "no such job");
  }
  int code = exit_ok;
  for (const auto& job : awaited) {
    while (!job->code && interrupts.received() == 0) {
      meanwhile();
      co_await changed_.wait_for(look_again);
    }
    if (code == exit_ok) code = job->code.value_or(exit_ok);
  }
  co_return code;
}

net::Task<int> BackgroundJobs::end(const Interrupts& interrupts) const {
  const std::function<void()> nothing = [] {};
  const std::vector<int> all;
  const auto code = co_await wait(all, interrupts, nothing);
  co_return code.value_or(exit_ok);
}

Result<void> BackgroundJobs::cancel(int number) {
  const auto job = find(number);
  if (!job || job->code)
    return fail(Code::not_found, std::to_string(number), "no such job is under way; jobs lists them");
  job->interrupts.interrupt(SIGINT);
  changed_.notify_all();
  return {};
}

void BackgroundJobs::cancel_all() {
  for (const auto& job : jobs_) {
    if (!job->code) (void)cancel(job->number);
  }
}

}  // namespace dftp::cli
