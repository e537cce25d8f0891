// dftp_link: two network namespaces joined by a link of a given round trip, rate and loss, for kernels without netem.
// tests/support/link.py is its face for tests, and says how people use it.
//
// Writes `ready SERVER_END CLIENT_END` (paths for nsenter --net=PATH, or setns) and forwards until standard input ends.
// A line read there is a command: `loss P` changes the loss of both directions, `stats` nothing; each is answered with
// the counters so far as one line of JSON.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>

#include "tests/support/link_direction.h"
#include "tests/support/link_options.h"
#include "tests/support/network_end.h"

namespace dftp::test {
namespace {

LinkTime now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void say(const std::string& line) {
  std::cout << line << '\n' << std::flush;
}

std::string to_json(const LinkCounters& counters) {
  const auto member = [](const char* name, std::uint64_t value) {
    return std::string("\"") + name + "\": " + std::to_string(value);
  };
  return "{" + member("packets", counters.packets) + ", " + member("bytes", counters.bytes) + ", " +
         member("lost", counters.lost) + ", " + member("dropped", counters.dropped) + ", " +
         member("late", counters.late) + ", " + member("flights", counters.flights) + ", " +
         member("first_arrival", static_cast<std::uint64_t>(counters.first_arrival.count())) + ", " +
         member("last_arrival", static_cast<std::uint64_t>(counters.last_arrival.count())) + "}";
}

class Link {
 public:
  Link(const NetworkEnd& server, const NetworkEnd& client, const LinkOptions& options)
      : to_client_(server.tun, client.tun, options.shape, options.seed),
        to_server_(client.tun, server.tun, options.shape, options.seed + 1),
        watched_{{{server.tun, POLLIN, 0}, {client.tun, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}}} {}

  void run() {
    for (bool open = true, more = true; open;) {
      wait(more);
      const LinkTime time = now();
      more = false;
      more |= to_client_.take(time, to_server_.counters().flights);
      more |= to_client_.deliver(time);
      more |= to_server_.take(time, to_client_.counters().flights);
      more |= to_server_.deliver(time);
      // Behind the packets, so that a command counts for those that are sent after it.
      if (watched_[2].revents) open = read_commands();
    }
  }

 private:
  void wait(bool at_once) {
    std::optional<LinkTime> due;
    for (const LinkDirection* direction : {&to_client_, &to_server_}) {
      if (direction->waiting()) due = std::min(due.value_or(LinkTime::max()), direction->next_due());
    }
    const LinkTime left =
        at_once ? LinkTime::zero() : std::max(due.value_or(LinkTime::zero()) - now(), LinkTime::zero());
    const timespec time{static_cast<time_t>(left.count() / 1'000'000'000),
                        static_cast<long>(left.count() % 1'000'000'000)};
    ::ppoll(watched_.data(), watched_.size(), at_once || due ? &time : nullptr, nullptr);
  }

  bool read_commands() {
    std::array<char, 256> buffer;
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) return false;
    commands_.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = commands_.find('\n')) != std::string::npos; commands_.erase(0, end + 1)) {
      obey(commands_.substr(0, end));
    }
    return true;
  }

  void obey(const std::string& command) {
    double loss = 0;
    if (command.starts_with("loss ") &&
        std::from_chars(command.data() + 5, command.data() + command.size(), loss).ec == std::errc()) {
      to_client_.lose(loss);
      to_server_.lose(loss);
    } else if (command != "stats") {
      return say(R"({"error": "no such command"})");
    }
    say(R"({"to_client": )" + to_json(to_client_.counters()) + R"(, "to_server": )" + to_json(to_server_.counters()) +
        "}");
  }

  LinkDirection to_client_, to_server_;
  std::array<pollfd, 3> watched_;
  std::string commands_;
};

// A line does not wait for a processor; where this is not allowed, a busy machine makes it late.
void hurry() {
  const sched_param priority{.sched_priority = 1};
  ::sched_setscheduler(0, SCHED_FIFO, &priority);
  ::prctl(PR_SET_TIMERSLACK, 1);
}

int run(std::span<const char* const> arguments) {
  const auto options = parse_link_options(arguments);
  if (!options) {
    std::cerr << "dftp_link: " << options.error() << "\n" << link_usage;
    return 2;
  }
  const NetworkEnd server = make_end("10.99.0.1");
  const NetworkEnd client = make_end("10.99.0.2");
  Link link(server, client, *options);
  hurry();
  const std::string own = "/proc/" + std::to_string(::getpid()) + "/fd/";
  say("ready " + own + std::to_string(server.space) + " " + own + std::to_string(client.space));
  link.run();
  return 0;
}

}  // namespace
}  // namespace dftp::test

int main(int count, char** arguments) {
  try {
    return dftp::test::run({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    std::cerr << "dftp_link: " << error.what() << "\n";
    return 1;
  }
}
