#include "client/transfer_run.h"

#include <random>

#include "client/backoff.h"
#include "client/transfer_strategy.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

// Of a request's text; the rest of a frame is for what paths grow to in JSON.
constexpr std::size_t request_text = limits::frame_after_login / 8;

// Cuts a job into requests that a frame can hold.
std::vector<Sources> requests_of(const std::vector<std::size_t>& text_sizes) {
  std::vector<Sources> requests;
  std::size_t text = request_text;
  for (std::uint32_t i = 0; i < text_sizes.size(); ++i) {
    text += text_sizes[i];
    if (text > request_text || requests.back().size() == limits::sources_per_request) {
      requests.emplace_back();
      text = text_sizes[i];
    }
    requests.back().push_back(i);
  }
  return requests;
}

Error stopped() {
  return {Code::cancelled, {}, {}, "stopped on request"};
}

}  // namespace

class TransferRun::Core {
 public:
  Core(ServerHandle& session, TransferObserver& observer, const TransferOptions& options)
      : context{session.executor(), session.pool(), std::make_shared<Tally>(observer), observer, options},
        session_(session),
        backoff_(std::random_device()()),
        stop_(session.executor()) {}

  net::Task<Result<void>> run(TransferStrategy& job);
  void stop();

  const StrategyContext context;
  ServerRole server = ServerRole::sends;

 private:
  net::Task<Result<void>> run_requests(TransferStrategy& job);
  net::Task<Result<void>> run_request(TransferStrategy& job, const Sources& sources);
  net::Task<Result<void>> attempt(TransferStrategy& job, const Sources& sources, bool again);
  net::Task<Result<void>> confirm_version(TransferStrategy& job);
  Result<void> check_answers(const TransferStrategy& job) const;
  net::Task<bool> reader_kept_it(TransferStrategy& job);
  net::Task<void> pause(net::Duration delay);
  bool may_retry(const Error& error) const;

  ServerHandle& session_;
  std::shared_ptr<Attempt> attempt_;
  std::shared_ptr<PipeStorage> waits_for_;
  int failures_ = 0;  // in a row
  Backoff backoff_;
  bool stopped_ = false;
  net::Signal stop_;
};

void TransferRun::Core::stop() {
  stopped_ = true;
  if (attempt_) attempt_->stop(stopped());
  if (waits_for_) waits_for_->interrupt();
  stop_.notify_all();
}

net::Task<Result<void>> TransferRun::Core::run(TransferStrategy& job) {
  const auto prepare = [&] { return job.prepare(); };
  auto result = co_await context.pool.run(prepare);
  if (result) result = co_await run_requests(job);
  context.tally->release_held();
  if (result) result = check_answers(job);
  // A thread of the pool may still wait for it.
  if (job.pipe()) job.pipe()->interrupt();
  co_return result;
}

net::Task<Result<void>> TransferRun::Core::run_requests(TransferStrategy& job) {
  const auto requests = requests_of(job.text_sizes());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    context.tally->last_request(i + 1 == requests.size());
    if (auto done = co_await run_request(job, requests[i]); !done) co_return done;
  }
  co_return co_await confirm_version(job);
}

net::Task<Result<void>> TransferRun::Core::run_request(TransferStrategy& job, const Sources& sources) {
  Sources left = sources;
  for (bool again = false;; again = true) {
    auto result = co_await attempt(job, left, again);
    if (stopped_) co_return std::unexpected(stopped());
    // Lost behind the last word: nothing is left to do.
    if (!result && context.tally->left_of(left).empty()) result = Result<void>();
    const auto error = result ? context.tally->held() : std::optional(result.error());
    if (!error) co_return Result<void>();
    if (!result && context.tally->progressed()) {
      failures_ = 0;
      backoff_.reset();
    }
    if (!may_retry(*error)) co_return result;
    if (const auto why_not = job.stuck()) {
      if (!result) result.error().detail = followed_by(std::move(result.error().detail), *why_not);
      co_return result;
    }
    left = result ? context.tally->held_sources() : context.tally->left_of(left);
    const bool kept = co_await reader_kept_it(job);
    if (stopped_) co_return std::unexpected(stopped());
    if (kept) continue;
    const auto delay = backoff_.next();
    context.observer.retrying(++failures_, context.options.retries, *error, delay);
    co_await pause(delay);
    if (stopped_) co_return std::unexpected(stopped());
  }
}

net::Task<Result<void>> TransferRun::Core::attempt(TransferStrategy& job, const Sources& sources, bool again) {
  if (stopped_) co_return std::unexpected(stopped());
  if (job.pipe()) job.pipe()->resume();
  attempt_ = std::make_shared<Attempt>(session_, context.tally, job.plan(sources, again));
  const bool may_hold = failures_ < context.options.retries;
  context.tally->begin_attempt(sources, may_hold, [weak = std::weak_ptr(attempt_)] {
    if (const auto current = weak.lock()) current->widen();
  });
  auto result = co_await attempt_->run();
  attempt_.reset();
  co_return result;
}

net::Task<Result<void>> TransferRun::Core::confirm_version(TransferStrategy& job) {
  const auto path = job.version_to_confirm();
  if (!path) co_return Result<void>();
  const auto connection = co_await session_.connection();
  if (!connection) co_return std::unexpected(connection.error());
  const Stat request{*path};
  const auto now = co_await (*connection)->call(request);
  if (!now) co_return std::unexpected(now.error());
  co_return job.confirm(now->version);
}

Result<void> TransferRun::Core::check_answers(const TransferStrategy& job) const {
  const std::size_t sources = job.text_sizes().size();
  for (std::uint32_t source = 0; source < sources; ++source) {
    if (!context.tally->answered(source)) return std::unexpected(job.unanswered(source));
  }
  return {};
}

// A server cuts off who takes nothing for a minute, as somebody who looks at a page of `cat | less` does. That is no
// failure, and there is no use in a connection before the reader goes on.
net::Task<bool> TransferRun::Core::reader_kept_it(TransferStrategy& job) {
  if (!job.pipe()) co_return false;
  waits_for_ = job.pipe();
  waits_for_->resume();
  const auto wait = [&] { return waits_for_->wait_for_room(); };
  auto waited = co_await context.pool.run(wait);
  waits_for_.reset();
  co_return waited && *waited;
}

net::Task<void> TransferRun::Core::pause(net::Duration delay) {
  const auto end = std::chrono::steady_clock::now() + delay;
  while (!stopped_ && std::chrono::steady_clock::now() < end) {
    co_await stop_.wait_for(end - std::chrono::steady_clock::now());
  }
}

bool TransferRun::Core::may_retry(const Error& error) const {
  return is_transient(error.code) && failures_ < context.options.retries &&
         (session_.met() || context.options.wait_for_server);
}

TransferRun::TransferRun(ServerHandle& session, TransferObserver& observer, const TransferOptions& options)
    : core_(std::make_shared<Core>(session, observer, options)) {}

TransferRun::~TransferRun() {
  core_->stop();
  core_->context.tally->detach();
}

net::Task<Result<void>> TransferRun::get(const GetRequest& job) {
  const auto core = core_;
  const auto running = make_strategy(job, core->context);
  co_return co_await core->run(*running);
}

net::Task<Result<void>> TransferRun::put(const PutRequest& job) {
  const auto core = core_;
  core->server = ServerRole::receives;
  const auto running = make_strategy(job, core->context);
  co_return co_await core->run(*running);
}

void TransferRun::stop() {
  core_->stop();
}
const Totals& TransferRun::totals() const {
  return core_->context.tally->totals();
}
std::optional<std::string_view> TransferRun::limited_by() const {
  return core_->context.tally->limited_by(core_->server);
}

}  // namespace dftp::client
