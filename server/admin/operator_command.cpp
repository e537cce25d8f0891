#include "server/admin/operator_command.h"

#include <array>
#include <cstdio>
#include <ctime>

#include "proto/net/frame_channel.h"
#include "proto/storage/standard_descriptors.h"
#include "proto/wire/chat.h"
#include "proto/wire/message_common.h"
#include "proto/wire/operator.h"
#include "proto/wire/penalty.h"
#include "proto/wire/request.h"
#include "server/admin/admin_socket.h"
#include "server/config/config.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;

constexpr ProgramOption help_option = {"help", "", "print this"};
constexpr ProgramOption user_option = {"user", "USER", "only to the sessions of this user", 'u'};
constexpr ProgramOption json_option = {"json", "", "one JSON object a line"};

std::vector<ProgramOption> options_with(std::vector<ProgramOption> options) {
  for (const ProgramOption& option : state_options()) options.push_back(option);
  options.push_back(help_option);
  return options;
}

net::Task<Result<json::Value>> ask(const Endpoint& endpoint, const json::Value& request) {
  auto stream = co_await net::connect(endpoint, patience);
  if (!stream) co_return std::unexpected(std::move(stream.error()));
  (*stream)->set_timeout(patience);
  auto written = co_await net::write_frame(**stream, request);
  if (!written) co_return std::unexpected(written.error());
  auto reply = co_await net::read_frame(**stream, limits::frame_after_login);
  if (!reply) co_return reply;
  if (const json::Value* error = reply->find("error")) {
    const auto wire = from_json<WireError>(*error, "error");
    co_return std::unexpected(wire ? from_wire(*wire) : wire.error());
  }
  const json::Value* result = reply->find("result");
  if (!result) co_return fail(Code::protocol, endpoint.text(), "the server's answer is none");
  co_return *result;
}

// One request to the server whose state this is.
template <class Reply, class Request>
Result<Reply> ask_server(const std::filesystem::path& state, const Request& request) {
  const auto no_server = [&] {
    return fail(Code::unreachable, state,
                "no server of this share runs here; name the share, --state or --config as it was started with");
  };
  const auto place = AdminPlace::in(state);
  if (!place) return place.error().code == Code::not_found ? no_server() : std::unexpected(place.error());
  const json::Value asked = request_json(std::nullopt, Request::command, to_json(request));
  net::Loop loop;
  auto result = net::run_until_done(loop, ask(place->endpoint, asked));
  if (!result && result.error().code == Code::unreachable) return no_server();
  if (!result) return std::unexpected(result.error());
  return from_json<Reply>(*result, "reply");
}

Result<void> say(ProgramCommandLine line) {
  if (line.words.empty()) return fail(Code::usage, "say", "what? dftp-server say TEXT [DIR]");
  Say request{.text = line.words.front(), .user = {}};
  line.words.erase(line.words.begin());
  if (const auto users = line.all("user"); !users.empty()) request.user = users.back();
  const auto state = find_state_of_server(line);
  if (!state) return std::unexpected(state.error());
  const auto reply = ask_server<SayReply>(*state, request);
  if (!reply) return std::unexpected(reply.error());
  return print("said to " + std::to_string(reply->sessions) + (reply->sessions == 1 ? " session\n" : " sessions\n"));
}

std::string time_text(std::int64_t nanoseconds) {
  const auto seconds = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
  std::tm local{};
  char text[32] = "-";
  if (localtime_r(&seconds, &local)) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
  return text;
}

void print_row(const std::array<std::string, 5>& row) {
  std::printf("%8s  %-19s  %-16s  %-24s  %s\n", row[0].c_str(), row[1].c_str(), row[2].c_str(), row[3].c_str(),
              row[4].c_str());
}

void print_session(const SessionInfo& info, bool as_json) {
  if (as_json) return (void)std::puts(json::write(to_json(info)).c_str());
  print_row({std::to_string(info.number), time_text(info.since), printable(info.user), printable(info.peer),
             printable(info.client)});
}

Result<void> sessions(ProgramCommandLine line) {
  const auto state = find_state_of_server(line);
  if (!state) return std::unexpected(state.error());
  const bool as_json = line.has("json");
  Who request;
  for (bool more = true; more;) {
    const auto page = ask_server<WhoReply>(*state, request);
    if (!page) return std::unexpected(page.error());
    if (!as_json && request.after == 0) print_row({"SESSION", "SINCE", "USER", "PEER", "CLIENT"});
    for (const SessionInfo& info : page->sessions) print_session(info, as_json);
    more = page->more && !page->sessions.empty();
    if (more) request.after = page->sessions.back().number;
  }
  return print("");
}

std::string counted(std::uint64_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

Result<void> kick(ProgramCommandLine line) {
  if (line.words.empty()) return fail(Code::usage, "kick", "whom? dftp-server kick USER [DIR]");
  const Kick request{line.words.front()};
  line.words.erase(line.words.begin());
  const auto state = find_state_of_server(line);
  if (!state) return std::unexpected(state.error());
  const auto reply = ask_server<KickReply>(*state, request);
  if (!reply) return std::unexpected(reply.error());
  std::printf("ended %s and %s\n", counted(reply->sessions, "session").c_str(),
              counted(reply->mounts, "mount").c_str());
  return {};
}

Result<void> lift_penalties(ProgramCommandLine line) {
  if (line.words.size() < 2) return fail(Code::usage, "penalties lift", "whose? An address, or all");
  const LiftPenalty request{line.words[1]};
  line.words.erase(line.words.begin(), line.words.begin() + 2);
  const auto state = find_state_of_server(line);
  if (!state) return std::unexpected(state.error());
  const auto reply = ask_server<LiftPenaltyReply>(*state, request);
  if (!reply) return std::unexpected(reply.error());
  std::printf("lifted %llu\n", static_cast<unsigned long long>(reply->lifted));
  return {};
}

void print_penalty(const PenaltyInfo& info, bool as_json) {
  if (as_json) return (void)std::puts(json::write(to_json(info)).c_str());
  std::printf("%-24s  %7llu  %s\n", printable(info.source).c_str(), static_cast<unsigned long long>(info.seconds),
              info.refused ? "kept out" : "counted");
}

Result<void> penalties(ProgramCommandLine line) {
  if (!line.words.empty() && line.words.front() == "lift") return lift_penalties(std::move(line));
  const auto state = find_state_of_server(line);
  if (!state) return std::unexpected(state.error());
  const bool as_json = line.has("json");
  if (!as_json) std::printf("%-24s  %7s  %s\n", "SOURCE", "SECONDS", "STATE");
  ListPenalties request;
  for (bool more = true; more;) {
    const auto page = ask_server<ListPenaltiesReply>(*state, request);
    if (!page) return std::unexpected(page.error());
    for (const PenaltyInfo& info : page->penalties) print_penalty(info, as_json);
    more = page->more && !page->penalties.empty();
    if (more) request.after = page->penalties.back().source;
  }
  return {};
}

Result<void> reload(ProgramCommandLine line) {
  const auto state = find_state_of_server(line);
  if (!state) return std::unexpected(state.error());
  const auto reply = ask_server<ReloadReply>(*state, Reload{});
  if (!reply) return std::unexpected(when("nothing was taken up", reply.error()));
  std::string keys;
  for (const std::string& key : reply->changed) keys += (keys.empty() ? "" : ", ") + printable(key);
  return print(keys.empty() ? "reloaded; no key has another value\n" : "reloaded; changed: " + keys + "\n");
}

int run(std::span<const std::string> arguments, const std::string& usage, std::vector<ProgramOption> own,
        Result<void> (*command)(ProgramCommandLine line)) {
  const auto options = options_with(std::move(own));
  const auto line = parse_command_line(arguments, options);
  std::string help = usage + "\noptions:\n";
  for (const ProgramOption& option : options) help += help_line(option);
  const bool asked = line && line->has("help");
  ProgramCommandLine without = line.value_or(ProgramCommandLine{});
  const auto done = asked ? print(help) : line ? command(std::move(without)) : std::unexpected(line.error());
  if (done) return 0;
  std::fprintf(stderr, "dftp-server: %s\n", describe(done.error()).c_str());
  return done.error().code == Code::usage ? 2 : 1;
}

}  // namespace

completions::Command completed_say() {
  return {
      "say", "say something to all who are logged in", completed(options_with({user_option})), {.directories = true}};
}

completions::Command completed_sessions() {
  return {"sessions", "list who is logged in", completed(options_with({json_option})), {.directories = true}};
}

completions::Command completed_penalties() {
  return {"penalties",
          "list who is kept out for a while, and lift it",
          completed(options_with({json_option})),
          {.words = "lift", .directories = true}};
}

int penalties_command(std::span<const std::string> arguments) {
  return run(
      arguments,
      "usage: dftp-server penalties [DIR] [option]...\n"
      "       dftp-server penalties lift ADDRESS|all [DIR] [option]...\n\n"
      "Lists the addresses that have guessed passwords or wasted connections at the running server of the share\n"
      "of DIR, and for how long that counts; or forgets it.\n",
      {json_option}, penalties);
}

int say_command(std::span<const std::string> arguments) {
  return run(arguments,
             "usage: dftp-server say TEXT [DIR] [option]...\n\n"
             "Says something to all who are logged in at the running server of the share of DIR.\n",
             {user_option}, say);
}

int sessions_command(std::span<const std::string> arguments) {
  return run(arguments,
             "usage: dftp-server sessions [DIR] [option]...\n\n"
             "Lists who is logged in at the running server of the share of DIR.\n",
             {json_option}, sessions);
}

completions::Command completed_reload() {
  return {"reload", "take up a changed configuration", completed(options_with({})), {.directories = true}};
}

int reload_command(std::span<const std::string> arguments) {
  return run(arguments,
             "usage: dftp-server reload [DIR] [option]...\n\n"
             "Lets the running server of the share of DIR read its configuration, users, certificate and key anew.\n"
             "It takes up all of it, and what has changed is printed; or nothing, and the reason is printed.\n",
             {}, reload);
}

completions::Command completed_kick() {
  return {"kick", "end the sessions and mounts of a user", completed(options_with({})), {.directories = true}};
}

int kick_command(std::span<const std::string> arguments) {
  return run(arguments,
             "usage: dftp-server kick USER|SESSION [DIR] [option]...\n\n"
             "Ends all sessions, transfers and mounts of a user, or one session by its number, at the running server\n"
             "of the share of DIR. Clients may come back: to keep a user out, remove or change them first.\n",
             {}, kick);
}

void tell_server_of_users(const std::filesystem::path& state) {
  // Without a server there is nobody to tell, and one that does not answer looks by itself.
  (void)ask_server<ReadUsersReply>(state, ReadUsers{});
}

}  // namespace dftp::server
