#include "client/server_copy.h"

#include <random>

#include "client/backoff.h"
#include "client/transfer_strategy.h"
#include "client/transient.h"
#include "proto/transfer/attached_stream.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

// Enough to fill a long path between two servers.
constexpr std::uint32_t streams = 4;
constexpr std::size_t relay_buffer = 256 * 1024;

using Data = std::unique_ptr<net::Stream>;

net::Task<Result<Data>> attached(std::shared_ptr<Connection> connection, Ticket ticket) {
  auto stream = co_await connection->open_data(false);
  if (!stream) co_return stream;
  if (auto sent = co_await send_attach(**stream, ticket); !sent) co_return std::unexpected(sent.error());
  if (auto known = co_await check_attached(**stream, ticket); !known) co_return std::unexpected(known.error());
  (*stream)->expect_bulk();
  co_return stream;
}

// Until one of them has nothing more to say.
net::Task<bool> pump(net::Stream& from, net::Stream& to) {
  std::vector<std::byte> buffer(relay_buffer);
  while (true) {
    const MutableBytes room(buffer);
    const auto got = co_await from.read_some(room);
    if (!got) break;
    const Bytes bytes = room.first(*got);
    if (auto written = co_await to.write(bytes); !written) break;
  }
  co_await to.finish();
  co_return true;
}

// Without the lead there is no transfer, and both servers would wait for it as long as its ticket lives.
struct Lead {
  std::function<void()> stop;  // of the attempt; empty: it is over
  std::optional<Error> failed;
};

// One data connection of each, joined here. `lead`: for the first of them.
net::Task<void> relay(std::shared_ptr<Connection> source, std::shared_ptr<Connection> target, Ticket from_ticket,
                      Ticket to_ticket, std::shared_ptr<Lead> lead) {
  auto opening_from = attached(std::move(source), std::move(from_ticket));
  auto opening_to = attached(std::move(target), std::move(to_ticket));
  auto [from, to] = co_await net::both(std::move(opening_from), std::move(opening_to));
  if ((!from || !to) && lead && lead->stop) {
    lead->failed = from ? to.error() : from.error();
    lead->stop();
  }
  if (!from || !to) co_return;
  co_await net::both(pump(**from, **to), pump(**to, **from));
  (*from)->close();
  (*to)->close();
}

// What they cannot do between themselves, and may well do through here.
bool is_in_the_way(Code code) {
  return code == Code::denied || code == Code::unsupported || code == Code::identity || is_transient(code);
}

}  // namespace

net::Task<Result<CopyReply>> ServerCopy::run(const ServerCopyJob& job) {
  Backoff backoff(std::random_device{}());
  for (int failures = 0;;) {
    moved_ = false;
    auto reply = co_await attempt(job);
    if (stopped_) co_return fail(Code::cancelled, "", "interrupted; the same command goes on from here");
    if (reply) co_return reply;
    if (moved_) {
      failures = 0;
      backoff.reset();
    } else if (direct_ && from_.connected() && to_.connected() && is_in_the_way(reply.error().code)) {
      direct_ = false;
      observer_.through_here(reply.error());
      continue;
    }
    if (!is_transient(reply.error().code) || failures >= job.retries) co_return reply;
    const auto delay = backoff.next();
    observer_.retrying(reply.error(), delay, ++failures);
    co_await net::sleep_for(delay);
  }
}

void ServerCopy::stop() {
  stopped_ = true;
  feeds_.stop();
}

net::Task<Result<CopyReply>> ServerCopy::attempt(const ServerCopyJob& job) {
  const auto connection = co_await from_.connection();
  if (!connection) co_return std::unexpected(connection.error());
  Get get{.sources = job.sources, .recursive = job.recursive, .streams = streams, .eager = eager_bytes};
  const auto target = co_await to_.connection();
  if (!target) co_return std::unexpected(target.error());
  std::shared_ptr<Running> giving;
  const auto granted = co_await (*connection)->begin(get, giving);
  if (!granted) co_return std::unexpected(granted.error());

  Fetch request{.put = {.overwrite = job.overwrite, .streams = streams}};
  const bool into = job.directory || job.sources.size() > 1;
  for (const RemotePath& source : job.sources) {
    const bool exactly = job.recursive && !into;
    request.put.targets.push_back({job.target, Name{exactly ? std::string() : std::string(source.name())}});
  }
  const Endpoint address = (*connection)->address();
  if (direct_ && !address.is_unix())
    request.from = FetchFrom{address.host, address.port, (*connection)->fingerprint(), granted->tickets};
  const auto lead = std::make_shared<Lead>();
  lead->stop = [this] { feeds_.stop(); };
  const Take<Fetched> take = [&](const Fetched& part) -> Result<void> {
    for (std::size_t i = 0; i < std::min(part.tickets.size(), granted->tickets.size()); ++i) {
      const auto from = Ticket::parse(granted->tickets[i]), to = Ticket::parse(part.tickets[i]);
      if (!from || !to) return std::unexpected(from ? to.error() : from.error());
      net::spawn(from_.executor(), relay(*connection, *target, *from, *to, i == 0 ? lead : nullptr));
    }
    moved_ |= part.bytes > 0;
    observer_.moved(part.files, part.bytes);
    for (const WireError& error : part.errors) observer_.failed(from_wire(error));
    return {};
  };
  auto reply = co_await feeds_.fetch(request, take);
  lead->stop = nullptr;
  if (!reply && lead->failed) reply = std::unexpected(*lead->failed);
  if (!reply) giving->cancel();
  co_return reply;
}

}  // namespace dftp::client
