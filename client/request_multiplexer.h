// Requests and what answers them over one stream, matched by their ids, and events in between. docs/protocol/core.md,
// "Requests, replies, events". Belongs to one loop; lives until it has ended, whoever lets go of it (its tasks hold
// it), so end() it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "client/running.h"
#include "proto/net/stream.h"
#include "proto/wire/json.h"
#include "proto/wire/message.h"

namespace dftp::client {

// For a reply that takes as long as it takes: only the pings tell whether the server is still there.
inline constexpr net::Duration no_limit = net::Duration::max();

// `soon`: nobody waits for the reply, so it goes out along with the next request, or after a moment.
enum class Flush { now, soon };

class RequestMultiplexer : public std::enable_shared_from_this<RequestMultiplexer> {
 public:
  using Clock = std::chrono::steady_clock;

  // A request on its way.
  struct Pending {
    explicit Pending(net::Executor executor) : arrived(std::move(executor)) {}
    std::uint64_t id = 0;
    std::shared_ptr<Running> running;  // hears the parts; nullptr: nobody
    std::optional<Result<json::Value>> reply;
    Clock::time_point deadline = Clock::time_point::max();  // of the reply, or the first part
    net::Signal arrived;                                    // the reply, or its time
  };

  // Is told of each event, in the order in which they and the replies came.
  using OnEvent = std::function<void(const json::Value& event)>;

  RequestMultiplexer(net::Executor executor, std::unique_ptr<net::Stream> stream, OnEvent on_event = {});

  // Begins to read, to write, and to ping whenever `ping_interval` went by; three of them in silence end the channel.
  void start(net::Duration ping_interval);

  // Puts the request behind those that are to be sent; it goes out as `flush` says.
  std::shared_ptr<Pending> send(std::string_view command, const json::Value& params, Flush flush = Flush::now,
                                const std::shared_ptr<Running>& running = nullptr);
  // Asks for the end of a request, if it is not answered yet. Nobody hears of the answer to that.
  void cancel(std::uint64_t id);
  // The reply's result, or its error. Code::timed_out when nothing came within `limit`; what ended the channel, when
  // that came first.
  net::Task<Result<json::Value>> reply_to(std::shared_ptr<Pending> pending, net::Duration limit);
  // Waits until another request may be sent (limits::requests_in_flight).
  net::Task<void> room();

  // Closes the stream. Requests without a reply fail with `why`. The first call counts.
  void end(Error why);
  // Lets what was sent go out, for a short while, and the other side know that nothing more comes; then ends.
  net::Task<void> finish();
  const std::optional<Error>& ended() const { return ended_; }
  // Waits until it has ended.
  static net::Task<void> until_ended(std::shared_ptr<RequestMultiplexer> self);
  net::Stream& stream() { return *stream_; }

 private:
  static net::Task<void> read_frames(std::shared_ptr<RequestMultiplexer> self);
  static net::Task<void> write_frames(std::shared_ptr<RequestMultiplexer> self);
  static net::Task<void> write_soon(std::shared_ptr<RequestMultiplexer> self);
  static net::Task<void> watch_deadlines(std::shared_ptr<RequestMultiplexer> self);
  void expire(Clock::time_point now);
  static net::Task<void> send_pings(std::shared_ptr<RequestMultiplexer> self, net::Duration interval);
  Result<void> take(const json::Value& frame);
  Result<void> take_answer(const json::Value& frame, std::uint64_t id);
  bool unwritten() const { return writing_ || !outgoing_.empty(); }

  net::Executor executor_;
  std::unique_ptr<net::Stream> stream_;
  const OnEvent on_event_;
  std::map<std::uint64_t, std::shared_ptr<Pending>> pending_;
  std::uint64_t last_id_ = 0;
  std::string outgoing_;  // whole frames
  bool writing_ = false;
  bool writes_soon_ = false;
  Clock::time_point next_expiry_ = Clock::time_point::max();  // no deadline is earlier
  net::Signal to_write_, replied_, written_, closing_, expiring_;
  std::optional<Error> ended_;
};

}  // namespace dftp::client
