// copy.
#include "server/commands/handlers.h"
#include "server/commands/tree_copy.h"
#include "server/session/feed.h"

namespace dftp::commands {
namespace {

using namespace std::chrono_literals;

// So often a client hears how far it is.
constexpr auto part_time = 250ms;

}  // namespace

net::Task<Result<CopyReply>> copy(Session& session, const Copy& request) {
  auto feed = Feed::open(session, request.feed);
  if (!feed) co_return std::unexpected(std::move(feed.error()));
  TreeCopy copying(*session.storage, request, session.user->user + " copy");
  for (bool more = true; more;) {
    auto stepped = co_await session.context.disk.run([&] { return copying.step(TreeCopy::Clock::now() + part_time); });
    if (!stepped) co_return std::unexpected(std::move(stepped.error()));
    more = *stepped;
    const Copied part{.feed = request.feed,
                      .files = copying.totals().files,
                      .bytes = copying.totals().bytes,
                      .errors = copying.take_errors()};
    if (!more && part.errors.empty()) break;
    auto sent = co_await (*feed)->push(part);
    if (!sent) co_return std::unexpected(std::move(sent.error()));
  }
  co_return copying.totals();
}

}  // namespace dftp::commands
