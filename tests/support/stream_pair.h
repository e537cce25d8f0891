// Two ends of one connection on loopback, and streams that damage or cut what passes.
#pragma once

#include <functional>
#include <memory>

#include "proto/net/connect.h"

namespace dftp::test {

struct StreamPair {
  std::unique_ptr<net::Stream> client, server;
};
// Both ends live on `loop`, which is not running yet.
StreamPair stream_pair(net::Loop& loop);

// Passes everything on to `inner`, but hands each piece that is written to `tamper` first (with the number of bytes
// that went before it), which may change it; when it returns false the connection is cut instead.
using Tamper = std::function<bool(std::uint64_t before, MutableBytes piece)>;
std::unique_ptr<net::Stream> tampered(std::unique_ptr<net::Stream> inner, Tamper tamper);

// A write returns only `delay` after its bytes have gone.
std::unique_ptr<net::Stream> slow_to_return(std::unique_ptr<net::Stream> inner, net::Duration delay);

// Writes at most `piece` bytes at a time, and waits for `pause` before each.
std::unique_ptr<net::Stream> trickling(std::unique_ptr<net::Stream> inner, std::size_t piece, net::Duration pause);

}  // namespace dftp::test
