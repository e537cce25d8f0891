#include <malloc.h>

#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include "proto/net/private_memory.h"
#include "proto/net/write_signals.h"
#include "proto/storage/standard_descriptors.h"
#include "server/admin/operator_command.h"
#include "server/config/user_command.h"
#include "server/exec/keeper.h"
#include "server/exec/keeper_messages.h"
#include "server/main/check.h"
#include "server/main/serve.h"

namespace dftp::server {
namespace {

int complain(const Error& error) {
  std::fprintf(stderr, "dftp-server: %s\n", describe(error).c_str());
  return error.code == Code::usage ? 2 : 1;
}

int show(const std::string& text) {
  const auto printed = print(text);
  return printed ? 0 : complain(printed.error());
}

int print_help() {
  const std::string text =
      "usage: dftp-server [serve] DIR [option]...\n"
      "       dftp-server user ACTION ...        see dftp-server user --help\n"
      "       dftp-server say TEXT [DIR]         to all who are logged in at a running server\n"
      "       dftp-server sessions [DIR]         who that is\n"
      "       dftp-server kick USER [DIR]        end the sessions and mounts of a user\n"
      "       dftp-server reload [DIR]           take up a changed configuration\n"
      "       dftp-server penalties [DIR]        who is kept out for a while; penalties lift ADDRESS\n"
      "       dftp-server completions SHELL      for bash, zsh or fish to read\n\n"
      "Shares the directory DIR. If it has no users yet, one is made, and its password shown.\n\noptions:\n" +
      server_options_help() +
      "\nA switch that the file turns on is turned off by --NAME=false.\n"
      "Unless --state says otherwise, the state of each shared directory has a directory of its own\n"
      "beneath /var/lib/dftp (root) or ~/.local/state/dftp.\n";
  return show(text);
}

int print_completions(std::span<const std::string> arguments);

int change_users_of_share(std::span<const std::string> arguments) {
  return user_command(arguments, tell_server_of_users);
}

completions::Command completed_serve() {
  return {"serve", "share a directory", completed(server_options()), {.directories = true}};
}

completions::Command completed_completions() {
  return {"completions", "for a shell to read", {}, {.words = std::string(completions::shells)}};
}

constexpr struct {
  std::string_view name;
  int (*run)(std::span<const std::string> arguments);
  completions::Command (*completed)();  // nullptr: not for people
} commands[] = {
    {"user", change_users_of_share, completed_user},           {"say", say_command, completed_say},
    {"sessions", sessions_command, completed_sessions},        {"kick", kick_command, completed_kick},
    {"completions", print_completions, completed_completions}, {keeper_word, keep_command, nullptr},
    {"penalties", penalties_command, completed_penalties},     {"reload", reload_command, completed_reload},
};

int print_completions(std::span<const std::string> arguments) {
  if (arguments.size() != 1)
    return complain({Code::usage, {}, "completions", "for which shell? dftp-server completions bash, zsh or fish"});
  const completions::Command serving = completed_serve();
  completions::Program program{"dftp-server", serving.options, serving.operands, {serving}};
  for (const auto& command : commands) {
    if (command.completed) program.commands.push_back(command.completed());
  }
  const auto script = completions::script_for(arguments[0], program);
  return script ? show(*script) : complain(script.error());
}

int run(std::span<const std::string> arguments) {
  for (const auto& command : commands) {
    if (!arguments.empty() && arguments[0] == command.name) return command.run(arguments.subspan(1));
  }
  if (!arguments.empty() && arguments[0] == "serve") arguments = arguments.subspan(1);
  const auto line = parse_command_line(arguments, server_options());
  if (!line) return complain(line.error());
  if (line->has("help")) return print_help();
  if (line->has("version")) return show("dftp-server " DFTP_VERSION "\n");
  if (line->has("check") || line->has("print")) return check(*line);
  auto config = make_config(*line);
  return config ? serve(*line, std::move(*config)) : complain(config.error());
}

}  // namespace
}  // namespace dftp::server

namespace {

// scrypt takes 16 MiB for each login. By itself the C library maps such memory only until the first
// of it has been freed, and then keeps it; with a fixed limit it always goes back at once. What
// blocks of data take stays below the limit and is reused.
void give_large_memory_back() {
  ::mallopt(M_MMAP_THRESHOLD, 8 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  give_large_memory_back();
  dftp::open_standard_descriptors();
  dftp::net::ignore_write_signals();
  dftp::net::keep_memory_private();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return dftp::server::run(arguments);
}
