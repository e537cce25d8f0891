// exec, commands: what a user may run here. docs/protocol/exec.md.
#include <fcntl.h>

#include "proto/wire/limits.h"
#include "server/commands/handlers.h"
#include "server/config/current_config.h"
#include "server/exec/run.h"
#include "server/guard/budgets.h"
#include "server/observe/event.h"
#include "server/session/home_storages.h"
#include "server/session/tickets.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

// To its keeper, and for what it reads and writes.
constexpr std::size_t descriptors_of_command = 5;

// The same words for a command that is not there and one that is not for this user.
Result<std::shared_ptr<const ExecCommand>> find_command(const ControlSession& session, const std::string& name) {
  const auto config = session.context.config.get();
  for (const ExecCommand& command : config->exec) {
    if (command.name == name && command.allows(session.user->user))
      return std::shared_ptr<const ExecCommand>(config, &command);
  }
  return fail(Code::denied, name, "no such command, or not one that you may run");
}

Result<void> check(const ControlSession& session, const Exec& request) {
  if (session.context.stopping) return fail(Code::shutting_down, {}, "the server is stopping");
  if (session.ending) return std::unexpected(*session.ending);
  if (request.plain && !session.context.config->allow_plain_data)
    return fail(Code::denied, {}, "this server wants TLS on data connections");
  if (session.commands >= limits::commands_per_session)
    return fail(Code::too_many, {}, "too many commands run in this session");
  return {};
}

// Blocks.
Result<ProcessPlan> plan_for(const ControlSession& session, const ExecCommand& command, const Exec& request) {
  auto argv = fill_in(command, request.arguments);
  if (!argv) return std::unexpected(std::move(argv.error()));
  const auto home = session.context.home_storages.directory(session.user->home);
  if (!home) return std::unexpected(home.error());
  auto directory = home->open(request.directory, O_RDONLY | O_DIRECTORY);
  if (!directory) return std::unexpected(std::move(directory.error()));
  return ProcessPlan{.argv = std::move(*argv),
                     .run_as = command.run_as,
                     .user = session.user->user,
                     .peer = session.stream.peer(),
                     .directory = std::move(*directory),
                     .input = request.input,
                     .memory_limit = command.memory_limit,
                     .process_limit = command.process_limit};
}

net::Task<Result<std::shared_ptr<ExecRun>>> begin(ControlSession& session, const Exec& request) {
  const auto command = find_command(session, request.name);
  if (!command) co_return std::unexpected(command.error());
  if (auto may = check(session, request); !may) co_return std::unexpected(may.error());
  Slot slot = take_slot(session.context.commands_running, limits::commands);
  if (!slot) co_return fail(Code::too_many, {}, "too many commands run on this server");
  auto place = session.account->take(Counted::commands);
  auto pipes = session.account->take(Counted::descriptors, descriptors_of_command);
  if (!place || !pipes) co_return fail(Code::too_many, {}, "too many commands of this user or this address run");
  slot.get_deleter().with = std::make_shared<std::pair<Portion, Portion>>(std::move(*place), std::move(*pipes));
  auto plan = co_await session.pools->disk.run([&] { return plan_for(session, **command, request); });
  if (!plan) co_return std::unexpected(std::move(plan.error()));
  // Another request may have been quicker, or the session may end by now.
  if (auto may = check(session, request); !may) co_return std::unexpected(may.error());
  auto run = std::make_shared<ExecRun>(session, *command, std::move(*plan), std::move(slot));
  run->ticket = session.context.tickets.issue({run, session.executor, true, request.plain, session.account});
  ExecRun::join_session(run);
  net::spawn(session.executor, ExecRun::watch(run));
  co_return run;
}

}  // namespace

net::Task<Result<CommandsReply>> commands_of(ControlSession& session, const Commands&) {
  CommandsReply reply;
  const auto config = session.context.config.get();
  for (const ExecCommand& command : config->exec) {
    if (command.allows(session.user->user)) reply.names.push_back(command.name);
  }
  co_return reply;
}

net::Task<Result<ExecEnded>> exec(ActiveRequest& call, const Exec& request) {
  ControlSession& session = call.session;
  const auto run = co_await begin(session, request);
  CommandCalled called{.session = session.number,
                       .user = session.user->user,
                       .peer = session.stream.peer(),
                       .name = request.name,
                       .words = {},
                       .error = {}};
  for (const Name& word : request.arguments) called.words.push_back(word.bytes);
  if (!run) called.error = run.error();
  session.context.observer.note(called);
  if (!run) co_return std::unexpected(run.error());
  call.on_cancel([run = *run](const Error& why) { run->drop(why); });
  const ExecBegun begun{{(*run)->ticket.text()}};
  if (auto told = call.tell(begun); !told) (*run)->drop(std::move(told.error()));
  while (session.parts.contains(*run)) co_await session.changed.wait();
  co_return (*run)->outcome();
}

}  // namespace dftp::server::commands
