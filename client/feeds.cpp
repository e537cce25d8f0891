#include "client/feeds.h"

namespace dftp::client {
namespace {

std::unexpected<Error> uneven() {
  return fail(Code::protocol, {}, "the server's answer is wrong: columns of different lengths");
}

Result<void> check(const Found& part) {
  const std::size_t count = part.paths.size();
  const bool even = part.types.size() == count && part.sizes.size() == count && part.mtimes.size() == count &&
                    part.modes.size() == count && (part.targets.empty() || part.targets.size() == count);
  return even ? Result<void>() : uneven();
}
Result<void> check(const Used& part) {
  const std::size_t count = part.paths.size();
  const bool even = part.sizes.size() == count && part.allocated.size() == count && part.files.size() == count;
  return even ? Result<void>() : uneven();
}
Result<void> check(const Changes& part) {
  return part.what.size() == part.paths.size() ? Result<void>() : uneven();
}
Result<void> check(const Copied&) {
  return {};
}
Result<void> check(const Fetched&) {
  return {};
}
Result<void> check(const Tailed&) {
  return {};
}

// Nobody waits for the answer: the feed's own end tells.
net::Task<void> send_stop(std::shared_ptr<Connection> connection, std::uint64_t feed) {
  const Stop request{feed};
  co_await connection->call(request);
}

}  // namespace

template <class Part, class Request>
net::Task<Result<ReplyTo<Request>>> Feeds::run(const Request& request, const Take<Part>& take) {
  const auto connection = co_await session_.connection();
  if (!connection) co_return std::unexpected(connection.error());
  const net::Executor executor = session_.executor();
  const std::string server = (*connection)->address().text();
  Result<void> taken;
  Request numbered = request;
  numbered.feed = (*connection)->begin_feed([&, weak = std::weak_ptr(*connection)](const json::Value& event) {
    if (!taken) return;
    auto part = read_from<Part>(server, event, Part::event);
    taken = part ? check(*part) : std::unexpected(std::move(part.error()));
    if (taken) taken = take(*part);
    const auto open = weak.lock();
    if (!taken && open) net::spawn(executor, send_stop(open, numbered.feed));
  });
  const auto place = running_.emplace(*connection, numbered.feed);
  auto reply = co_await (*connection)->call(numbered, no_limit);
  running_.erase(place);
  (*connection)->end_feed(numbered.feed);
  if (!taken) co_return std::unexpected(std::move(taken.error()));
  co_return reply;
}

void Feeds::stop() {
  for (const auto& [connection, feed] : running_) net::spawn(session_.executor(), send_stop(connection, feed));
}

net::Task<Result<FindReply>> Feeds::find(const Find& request, const Take<Found>& take) {
  co_return co_await run(request, take);
}
net::Task<Result<DiskUsageReply>> Feeds::disk_usage(const DiskUsage& request, const Take<Used>& take) {
  co_return co_await run(request, take);
}
net::Task<Result<CopyReply>> Feeds::copy(const Copy& request, const Take<Copied>& take) {
  co_return co_await run(request, take);
}
net::Task<Result<CopyReply>> Feeds::fetch(const Fetch& request, const Take<Fetched>& take) {
  co_return co_await run(request, take);
}
net::Task<Result<Empty>> Feeds::tail(const Tail& request, const Take<Tailed>& take) {
  co_return co_await run(request, take);
}
net::Task<Result<Empty>> Feeds::watch(const Watch& request, const Take<Changes>& take) {
  co_return co_await run(request, take);
}

}  // namespace dftp::client
