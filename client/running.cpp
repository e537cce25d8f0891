#include "client/running.h"

#include "client/request_multiplexer.h"

namespace dftp::client {

void Running::cancel() {
  if (std::exchange(cancelled_, true)) return;
  if (const auto channel = channel_.lock()) channel->cancel(id_);
}

void Running::sent(const std::shared_ptr<RequestMultiplexer>& channel, std::uint64_t id) {
  channel_ = channel;
  id_ = id;
  if (on_sent_) on_sent_();
}

}  // namespace dftp::client
