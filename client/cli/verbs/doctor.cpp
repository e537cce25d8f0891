// doctor: what stands between this program and a server, one thing after the other, each with a verdict.
#include <netdb.h>

#include <algorithm>
#include <cstdio>

#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/probe_file.h"
#include "client/cli/view/advice.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"
#include "client/dial.h"
#include "proto/net/connect.h"

namespace dftp::cli {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// What people notice.
constexpr auto slow_name = 500ms, slow_connect = 500ms, slow_round_trip = 250ms, slow_commit = 150ms;
constexpr double slow_rate = 1e6;  // bytes a second
// Over which sync by size and time begins to go wrong.
constexpr auto clock_off = 2s;
constexpr int samples = 5;
// The second one only where the first took less than a second.
constexpr std::size_t probe_bytes = 1024 * 1024, load_bytes = 64 * 1024 * 1024;
constexpr auto short_probe = 1s;
constexpr std::size_t small_bytes = 4096;

double milliseconds(net::Duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

std::string shown(net::Duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", milliseconds(time));
  return text;
}

net::Duration median(std::vector<net::Duration> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

struct Finding {
  std::string_view verdict;
  std::string text;
  std::optional<double> value = {};  // in JSON, by its unit's name
  std::string_view unit = "milliseconds";
};

Finding timed(net::Duration took, net::Duration slow, std::string text) {
  return {took > slow ? "slow" : "ok", std::move(text), milliseconds(took)};
}

Finding skipped_for(const Error& error) {
  return {"skipped", error.code == Code::cancelled ? "interrupted" : "for what failed above"};
}

class Doctor {
 public:
  Doctor(Context& context, Report& report, const RemoteOperand& place)
      : context_(context),
        report_(report),
        endpoint_(context.session.options().endpoint),
        probe_(context, place.path) {}

  VerbTask run();

 private:
  using Check = net::Task<Result<Finding>> (Doctor::*)();
  struct Step {
    std::string_view name;
    Check check;
    bool needs_writing;
  };
  static const Step steps[];

  net::Task<Result<Finding>> name();
  net::Task<Result<Finding>> port();
  net::Task<Result<Finding>> identity();
  net::Task<Result<Finding>> login();
  net::Task<Result<Finding>> round_trip();
  net::Task<Result<Finding>> clock();
  net::Task<Result<Finding>> data_connection();
  net::Task<Result<Finding>> upload();
  net::Task<Result<Finding>> download();
  net::Task<Result<Finding>> commit();
  net::Task<Result<Finding>> clean_up();

  Finding rated(std::size_t bytes, net::Duration took, const std::string& what) const;
  void say(std::string_view name, const Finding& finding);

  Context& context_;
  Report& report_;
  const Endpoint endpoint_;
  ProbeFile probe_;
  bool may_write_ = false;
  std::size_t loaded_ = 0;
  net::Duration best_trip_ = net::Duration::max();
  std::int64_t clock_difference_ = 0;  // nanoseconds that the server is ahead
};

const Doctor::Step Doctor::steps[] = {
    {"name", &Doctor::name, false},
    {"port", &Doctor::port, false},
    {"identity", &Doctor::identity, false},
    {"login", &Doctor::login, false},
    {"round trip", &Doctor::round_trip, false},
    {"clock", &Doctor::clock, false},
    {"data connection", &Doctor::data_connection, false},
    {"upload", &Doctor::upload, true},
    {"download", &Doctor::download, true},
    {"commit", &Doctor::commit, true},
    {"clean-up", &Doctor::clean_up, true},
};

VerbTask Doctor::run() {
  std::optional<Error> lost;
  std::optional<Interruptible> interruptible;
  for (const Step& step : steps) {
    const bool tidies_up = step.check == &Doctor::clean_up && probe_.begun();
    if (lost && !tidies_up) {
      say(step.name, skipped_for(*lost));
      continue;
    }
    if (step.needs_writing && !may_write_) {
      say(step.name, {"skipped", "this user may only read"});
      continue;
    }
    // Nothing is left on the server, whoever stops it.
    if (step.needs_writing && !interruptible) interruptible.emplace(context_.interrupts, [&](int) { probe_.stop(); });
    const auto finding = co_await (this->*step.check)();
    if (finding) {
      say(step.name, *finding);
      continue;
    }
    const Error& error = finding.error();
    say(step.name, error.code == Code::cancelled ? skipped_for(error) : Finding{"failed", advised(error)});
    // Of the others each stands for itself.
    if (!step.needs_writing || ends_session(error)) lost = error;
    if (!lost) report_.failed(error);
  }
  if (lost) co_return std::unexpected(*lost);
  co_return Result<void>();
}

void Doctor::say(std::string_view name, const Finding& finding) {
  if (!context_.console.mode().json) {
    context_.console.out(left(std::string(finding.verdict), 8) + left(std::string(name), 17) + finding.text + "\n");
    (void)context_.console.flush();
    return;
  }
  json::Object entry{
      {"check", std::string(name)}, {"verdict", std::string(finding.verdict)}, {"text", printable(finding.text)}};
  if (finding.value) entry.emplace_back(std::string(finding.unit), *finding.value);
  report_.entry(std::move(entry));
}

// ---- the way there

Result<std::string> addresses_of(const std::string& host) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failed) return fail(Code::unreachable, host, std::string(::gai_strerror(failed)) + "; check the name");
  std::string text;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    char address[NI_MAXHOST] = "";
    ::getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, nullptr, 0, NI_NUMERICHOST);
    text += (text.empty() ? "" : ", ") + std::string(address);
  }
  ::freeaddrinfo(found);
  return text;
}

net::Task<Result<Finding>> Doctor::name() {
  if (endpoint_.is_unix()) co_return Finding{"ok", endpoint_.text()};
  const auto begun = Clock::now();
  const auto addresses = co_await context_.session.pool().run([&] { return addresses_of(endpoint_.host); });
  if (!addresses) co_return std::unexpected(addresses.error());
  const auto took = Clock::now() - begun;
  co_return timed(took, slow_name, printable(endpoint_.host) + " is " + *addresses + ", found in " + shown(took));
}

net::Task<Result<Finding>> Doctor::port() {
  const auto begun = Clock::now();
  auto stream = co_await net::connect(endpoint_, context_.session.options().connect_limit);
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  const auto took = Clock::now() - begun;
  const std::string to = (*stream)->peer();
  (*stream)->close();
  co_return timed(took, slow_connect, "connected to " + to + " in " + shown(took));
}

net::Task<Result<Finding>> Doctor::identity() {
  const client::ConnectOptions& options = context_.session.options();
  const auto begun = Clock::now();
  const client::OnReached nobody;
  auto dialed =
      co_await client::dial(context_.session.pool(), endpoint_, options.identity, options.connect_limit, nobody);
  if (!dialed) co_return std::unexpected(std::move(dialed.error()));
  dialed->stream->close();
  if (dialed->fingerprint.empty()) co_return Finding{"ok", "a UNIX socket: the kernel vouches for both ends"};
  const std::string how = !options.identity.fingerprint.empty()   ? "the one that was given"
                          : !options.identity.authorities.empty() ? "signed by the authority that was given"
                          : dialed->known == client::Known::vouched
                              ? "not known, but its certificate is signed by an authority of this machine"
                              : "the one that is known";
  co_return timed(Clock::now() - begun, 2 * slow_connect, "TLS, " + dialed->fingerprint + ", " + how);
}

net::Task<Result<Finding>> Doctor::login() {
  const auto begun = Clock::now();
  // What is wrong is to be seen at once.
  const auto login = co_await log_in(context_, context_.settings.retries.value_or(0));
  if (!login) co_return std::unexpected(login.error());
  may_write_ = login->write;
  co_return timed(Clock::now() - begun, 4 * slow_connect,
                  "as " + printable(login->user) + (login->write ? "" : ", for reading only"));
}

net::Task<Result<Finding>> Doctor::round_trip() {
  std::vector<net::Duration> trips;
  for (int i = 0; i < samples; ++i) {
    const auto wall = std::chrono::system_clock::now();
    const auto begun = Clock::now();
    const auto reply = co_await context_.remote.echo("doctor");
    if (!reply) co_return std::unexpected(reply.error());
    trips.push_back(Clock::now() - begun);
    if (trips.back() >= best_trip_) continue;
    best_trip_ = trips.back();
    const auto middle = (wall + best_trip_ / 2).time_since_epoch();
    clock_difference_ = reply->time - std::chrono::duration_cast<std::chrono::nanoseconds>(middle).count();
  }
  const auto trip = median(trips);
  co_return timed(trip, slow_round_trip, shown(trip));
}

net::Task<Result<Finding>> Doctor::clock() {
  const std::chrono::nanoseconds difference(clock_difference_);
  const std::string text =
      "the server's is " + shown(std::chrono::abs(difference)) + (difference.count() < 0 ? " behind" : " ahead");
  const bool off = std::chrono::abs(difference) > clock_off;
  co_return Finding{off ? "off" : "ok", off ? text + "; set both by NTP" : text, milliseconds(difference)};
}

net::Task<Result<Finding>> Doctor::data_connection() {
  const auto connection = co_await context_.session.connection();
  if (!connection) co_return std::unexpected(connection.error());
  const auto begun = Clock::now();
  auto stream = co_await (*connection)->open_data(context_.settings.plain_data);
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  (*stream)->close();
  const auto took = Clock::now() - begun;
  co_return timed(took, 2 * slow_connect, "opened in " + shown(took));
}

// ---- files

Finding Doctor::rated(std::size_t bytes, net::Duration took, const std::string& what) const {
  const double rate = static_cast<double>(bytes) / std::max(std::chrono::duration<double>(took).count(), 1e-6);
  return {rate < slow_rate ? "slow" : "ok", human_rate(rate) + ", " + human_size(bytes) + " " + what, rate,
          "bytes_per_second"};
}

net::Task<Result<Finding>> Doctor::upload() {
  loaded_ = probe_bytes;
  auto took = co_await probe_.send(loaded_);
  if (took && *took < short_probe) {
    loaded_ = load_bytes;
    took = co_await probe_.send(loaded_);
  }
  if (!took) co_return std::unexpected(took.error());
  co_return rated(loaded_, *took, "verified and on the server's disk");
}

net::Task<Result<Finding>> Doctor::download() {
  const auto took = co_await probe_.fetch();
  if (!took) co_return std::unexpected(took.error());
  co_return rated(loaded_, *took, "verified and on the disk here");
}

net::Task<Result<Finding>> Doctor::commit() {
  std::vector<net::Duration> times;
  for (int i = 0; i < samples; ++i) {
    const auto took = co_await probe_.send(small_bytes);
    if (!took) co_return std::unexpected(took.error());
    times.push_back(*took);
  }
  const auto took = median(times);
  // Asking for it, its data connection and the file itself take about five round trips.
  co_return timed(took, slow_commit + 6 * best_trip_, "a small file is on the server's disk after " + shown(took));
}

net::Task<Result<Finding>> Doctor::clean_up() {
  const auto removed = co_await probe_.remove();
  if (!removed) co_return std::unexpected(removed.error());
  co_return Finding{"ok", *removed ? "the test file is removed" : "nothing was left"};
}

}  // namespace

VerbTask doctor(Context& context, const Call& call, Report& report) {
  const RemoteOperand here{context.directory, true, "."};
  Doctor doctor(context, report, call.remote.empty() ? here : call.remote[0]);
  co_return co_await doctor.run();
}

}  // namespace dftp::cli
