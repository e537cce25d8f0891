// copy.
#include "server/commands/handlers.h"
#include "server/commands/tree_copy.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

using namespace std::chrono_literals;

// So long a step takes: others wait for the thread. And so often a client hears how far it is.
constexpr auto step_time = 20ms, part_time = 250ms;

}  // namespace

net::Task<Result<CopyReply>> copy(ActiveRequest& call, const Copy& request) {
  ControlSession& session = call.session;
  if (auto feed = call.take_feed(); !feed) co_return std::unexpected(std::move(feed.error()));
  TreeCopy copying(*session.storage, request, session.user->user + " copy");
  auto due = TreeCopy::Clock::now() + part_time;
  for (bool more = true; more;) {
    auto stepped = co_await session.pools->disk.run([&] { return copying.step(TreeCopy::Clock::now() + step_time); });
    if (!stepped) co_return std::unexpected(std::move(stepped.error()));
    more = *stepped;
    const Copied part{
        .files = copying.totals().files, .bytes = copying.totals().bytes, .errors = copying.take_errors()};
    if (!more && part.errors.empty()) break;
    if (part.errors.empty() && TreeCopy::Clock::now() < due) {
      if (auto goes_on = call.running(); !goes_on) co_return std::unexpected(goes_on.error());
      continue;
    }
    due = TreeCopy::Clock::now() + part_time;
    auto sent = co_await call.push(part);
    if (!sent) co_return std::unexpected(std::move(sent.error()));
  }
  co_return copying.totals();
}

}  // namespace dftp::server::commands
