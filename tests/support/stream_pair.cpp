#include "tests/support/stream_pair.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "proto/net/wrapped_stream.h"

namespace dftp::test {
namespace {

using net::Task;

class Tampered final : public net::WrappedStream {
 public:
  Tampered(std::unique_ptr<net::Stream> inner, Tamper tamper, net::Duration delay)
      : WrappedStream(std::move(inner)), tamper_(std::move(tamper)), delay_(delay) {}

  Task<Result<void>> write(Bytes data) override {
    std::vector<std::byte> copy(data.begin(), data.end());
    const auto before = written_;
    written_ += data.size();
    if (!tamper_(before, copy)) {
      inner_->close();
      co_return fail(Code::disconnected, inner_->peer(), "cut by the test");
    }
    auto written = co_await inner_->write(copy);
    if (delay_ > delay_.zero()) co_await net::sleep_for(delay_);
    co_return written;
  }

 private:
  Tamper tamper_;
  net::Duration delay_;
  std::uint64_t written_ = 0;
};

class Trickling final : public net::WrappedStream {
 public:
  Trickling(std::unique_ptr<net::Stream> inner, std::size_t piece, net::Duration pause)
      : WrappedStream(std::move(inner)), piece_(piece), pause_(pause) {}

  Task<Result<void>> write(Bytes data) override {
    while (!data.empty()) {
      const Bytes piece = data.first(std::min(piece_, data.size()));
      data = data.subspan(piece.size());
      co_await net::sleep_for(pause_);
      auto written = co_await inner_->write(piece);
      if (!written) co_return written;
    }
    co_return Result<void>();
  }

 private:
  std::size_t piece_;
  net::Duration pause_;
};

Task<StreamPair> open_pair(net::Executor home) {
  Endpoint anywhere{.host = "127.0.0.1", .port = 0, .unix_socket = {}};
  auto listener = net::listen(home, anywhere);
  if (!listener) throw std::runtime_error(describe(listener.error()));
  const Endpoint endpoint = (*listener)->endpoint();
  auto [client, server] =
      co_await net::both(net::connect(endpoint, std::chrono::seconds(5)), (*listener)->accept(home));
  if (!client || !server) throw std::runtime_error("no connection on loopback");
  co_return StreamPair{std::move(*client), std::move(*server)};
}

}  // namespace

StreamPair stream_pair(net::Loop& loop) {
  return net::run_until_done(loop, open_pair(loop.executor()));
}

std::unique_ptr<net::Stream> tampered(std::unique_ptr<net::Stream> inner, Tamper tamper) {
  return std::make_unique<Tampered>(std::move(inner), std::move(tamper), net::Duration());
}

std::unique_ptr<net::Stream> slow_to_return(std::unique_ptr<net::Stream> inner, net::Duration delay) {
  const auto untouched = [](std::uint64_t, MutableBytes) { return true; };
  return std::make_unique<Tampered>(std::move(inner), untouched, delay);
}

std::unique_ptr<net::Stream> trickling(std::unique_ptr<net::Stream> inner, std::size_t piece, net::Duration pause) {
  return std::make_unique<Trickling>(std::move(inner), piece, pause);
}

}  // namespace dftp::test
