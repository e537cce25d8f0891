// A request on its way, to whoever may want its end or hears the parts of its answer: given to the call that sends it.
#pragma once

#include <functional>
#include <memory>

#include "proto/wire/json.h"

namespace dftp::client {

class RequestMultiplexer;

// Belongs to the loop of its connection. Serves one call after another, one at a time.
class Running {
 public:
  using OnPart = std::function<void(const json::Value& part)>;

  // `on_sent` is called when the request is on its way, each time that it is sent.
  explicit Running(OnPart on_part = {}, std::function<void()> on_sent = {})
      : on_part_(std::move(on_part)), on_sent_(std::move(on_sent)) {}

  // Asks the server to end it: the call returns Code::cancelled, unless its reply was on the way. From now on it is not
  // sent any more.
  void cancel();
  bool cancelled() const { return cancelled_; }

  // For who sends it.
  void sent(const std::shared_ptr<RequestMultiplexer>& channel, std::uint64_t id);
  void take(const json::Value& part) const {
    if (on_part_) on_part_(part);
  }

 private:
  const OnPart on_part_;
  const std::function<void()> on_sent_;
  std::weak_ptr<RequestMultiplexer> channel_;
  std::uint64_t id_ = 0;
  bool cancelled_ = false;
};

}  // namespace dftp::client
