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

}  // namespace

template <class Part, class Request>
net::Task<Result<ReplyTo<Request>>> Feeds::run(const Request& request, const Take<Part>& take) {
  const auto connection = co_await session_.connection();
  if (!connection) co_return std::unexpected(connection.error());
  const std::string server = (*connection)->address().text();
  Result<void> taken;
  std::weak_ptr<Running> weak;
  const auto running = std::make_shared<Running>([&](const json::Value& value) {
    if (!taken) return;
    auto part = read_from<Part>(server, value, Part::part);
    taken = part ? check(*part) : std::unexpected(std::move(part.error()));
    if (taken) taken = take(*part);
    const auto there = weak.lock();
    if (!taken && there) there->cancel();
  });
  weak = running;
  running_.insert(running);
  auto reply = co_await (*connection)->call(request, no_limit, Flush::now, running);
  running_.erase(running);
  if (!taken) co_return std::unexpected(std::move(taken.error()));
  co_return reply;
}

void Feeds::stop() {
  for (const auto& running : running_) running->cancel();
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
