#include "client/discovery.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "client/local_file.h"
#include "proto/net/datagram.h"
#include "proto/transfer/ticket.h"
#include "proto/wire/discovery.h"
#include "proto/wire/limits.h"

namespace dftp::client {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A datagram may be lost.
constexpr int questions = 3;
constexpr auto ask_again = 150ms;
constexpr std::size_t max_found = 1000;
constexpr std::size_t max_remembered = 100;

struct Search {
  explicit Search(net::Executor executor) : over(std::move(executor)) {}
  std::string ask = random_hex(16);
  std::vector<std::unique_ptr<net::DatagramSocket>> sockets;
  std::map<std::pair<std::string, std::uint16_t>, FoundServer> found;  // by fingerprint and port
  std::size_t listening = 0;
  net::Signal over;
};

void take(Search& search, const net::Address& from, std::string_view datagram) {
  const auto answer = decode_answer(datagram, search.ask);
  if (!answer || search.found.size() >= max_found) return;
  FoundServer server{answer->name, {net::host_of(from), answer->port, {}}, answer->fingerprint};
  const auto key = std::pair(answer->fingerprint, answer->port);
  const auto [before, first] = search.found.try_emplace(key, server);
  // The shortest way to write it; loopback last.
  const auto rank = [](const FoundServer& one) {
    const std::string& host = one.endpoint.host;
    return host.starts_with("127.") ? 1 : host.find(':') != host.npos ? 2 : 0;
  };
  if (!first && rank(server) < rank(before->second)) before->second = server;
}

net::Task<void> listen(Search& search, net::DatagramSocket& socket) {
  std::array<std::byte, limits::discovery_question + 1> buffer;
  const MutableBytes room = buffer;
  for (;;) {
    const auto received = co_await socket.receive(room);
    if (!received) break;
    take(search, received->from, as_text(Bytes(buffer).first(received->size)));
  }
  --search.listening;
  search.over.notify_all();
}

void ask(Search& search) {
  const std::string question = encode_question({search.ask});
  for (const auto& socket : search.sockets) {
    for (const net::Address& to : net::broadcast_addresses(socket->family(), discovery_group, discovery_port))
      socket->send(to, as_bytes(question));
  }
}

struct Line {
  std::string name, host, fingerprint;
  std::uint16_t port = 0;
  static void fields(auto& self, auto& io) {
    io("name", self.name);
    io("host", self.host);
    io("port", self.port);
    io("fingerprint", self.fingerprint);
  }
};

}  // namespace

net::Task<Result<std::vector<FoundServer>>> discover(net::Executor executor, net::Duration patience) {
  Search search(executor);
  Error why;
  for (const int family : {AF_INET, AF_INET6}) {
    auto socket = net::DatagramSocket::open(executor, family, 0);
    if (socket) {
      search.sockets.push_back(std::move(*socket));
    } else {
      why = socket.error();
    }
  }
  if (search.sockets.empty()) co_return std::unexpected(why);
  for (const auto& socket : search.sockets) {
    ++search.listening;
    net::spawn(executor, listen(search, *socket));
  }
  const auto end = Clock::now() + patience;
  for (int i = 0; i < questions && Clock::now() < end; ++i) {
    ask(search);
    const net::Duration pause = std::min<net::Duration>(ask_again, end - Clock::now());
    co_await net::sleep_for(pause);
  }
  const net::Duration rest = std::max<net::Duration>(end - Clock::now(), net::Duration::zero());
  co_await net::sleep_for(rest);
  for (const auto& socket : search.sockets) socket->close();
  while (search.listening > 0) co_await search.over.wait();
  std::vector<FoundServer> servers;
  for (auto& [key, server] : search.found) servers.push_back(std::move(server));
  std::ranges::sort(servers, {}, [](const FoundServer& one) { return std::pair(one.name, one.endpoint.text()); });
  co_return servers;
}

std::filesystem::path FoundServers::default_file() {
  if (const char* base = std::getenv("XDG_CACHE_HOME"); base && base[0] == '/')
    return std::filesystem::path(base) / "dftp/servers";
  const auto home = home_directory();
  return home.empty() ? home : home / ".cache/dftp/servers";
}

std::vector<FoundServer> FoundServers::read() const {
  std::vector<FoundServer> servers;
  const auto file = read_local_file(file_);
  std::istringstream lines(file ? file->text : std::string());
  for (std::string text; servers.size() < max_remembered && std::getline(lines, text);) {
    const auto value = json::parse(text);
    if (!value) continue;
    auto line = from_json<Line>(*value, "line");
    if (line)
      servers.push_back({std::move(line->name), {std::move(line->host), line->port, {}}, std::move(line->fingerprint)});
  }
  return servers;
}

void FoundServers::remember(const std::vector<FoundServer>& found) const {
  if (file_.empty() || found.empty()) return;
  std::vector<FoundServer> all = found;
  for (FoundServer& server : read()) {
    if (std::ranges::find(all, server.endpoint, &FoundServer::endpoint) == all.end()) all.push_back(std::move(server));
  }
  all.resize(std::min(all.size(), max_remembered));
  std::string text;
  for (const FoundServer& server : all) {
    const Line line{server.name, server.endpoint.host, server.fingerprint, server.endpoint.port};
    text += json::write(to_json(line)) + "\n";
  }
  std::error_code ignored;
  std::filesystem::create_directories(file_.parent_path(), ignored);
  (void)replace_local_file(file_, text);
}

}  // namespace dftp::client
