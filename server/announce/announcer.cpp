#include "server/announce/announcer.h"

#include <sys/socket.h>

#include <algorithm>

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// Interfaces come and go.
constexpr auto join_again = 30s;

}  // namespace

Result<void> Announcer::start(net::Executor executor) {
  Result<void> possible = fail(Code::unsupported, "--announce", "this machine has no network");
  for (const int family : {AF_INET, AF_INET6}) {
    auto socket = net::DatagramSocket::open(executor, family, discovery_port);
    if (!socket) {
      if (sockets_.empty()) possible = std::unexpected(socket.error());
      continue;
    }
    sockets_.push_back(std::move(*socket));
    net::spawn(executor, answer_all(*sockets_.back()));
    if (family == AF_INET6) net::spawn(executor, keep_joined(*sockets_.back()));
  }
  if (sockets_.empty()) return possible;
  return {};
}

void Announcer::close() {
  closed_ = true;
  for (const auto& socket : sockets_) socket->close();
}

net::Task<void> Announcer::keep_joined(net::DatagramSocket& socket) const {
  while (!closed_) {
    socket.join(discovery_group);
    auto pause = join_again;
    co_await net::sleep_for(pause);
  }
}

net::Task<void> Announcer::answer_all(net::DatagramSocket& socket) {
  std::array<std::byte, limits::discovery_question + 1> buffer;
  const MutableBytes room = buffer;
  for (;;) {
    const auto received = co_await socket.receive(room);
    if (!received) co_return;
    const std::string text = answer(received->from, as_text(Bytes(buffer).first(received->size)));
    if (!text.empty()) socket.send(received->from, as_bytes(text));
  }
}

std::string Announcer::answer(const net::Address& from, std::string_view datagram) {
  // Whoever sends rubbish costs no more than reading it.
  if (datagram.size() != limits::discovery_question) return {};
  if (!by_source_.take(net::host_of(from)) || !all_.take({})) return {};
  const auto question = decode_question(datagram);
  if (!question) return {};
  // The client takes the address from which it is answered for the server's.
  const std::string host = net::host_towards(from);
  const auto listening =
      std::ranges::find_if(endpoints_, [&](const Endpoint& one) { return net::listens_at(one, host); });
  if (listening == endpoints_.end()) return {};
  DiscoveryAnswer reply = about_;
  reply.port = listening->port;
  reply.ask = question->ask;
  const std::string text = encode_answer(reply);
  return text.size() <= datagram.size() ? text : std::string();
}

}  // namespace dftp::server
