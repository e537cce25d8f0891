// One remote command: from its data connection to its end. docs/protocol/exec.md.
#pragma once

#include <deque>
#include <vector>

#include "proto/net/pipe.h"
#include "proto/transfer/exec_blocks.h"
#include "proto/transfer/ticket.h"
#include "server/config/exec_commands.h"
#include "server/exec/process.h"
#include "server/session/control_session.h"
#include "server/session/data_service.h"

namespace dftp::server {

// Lives on its session's loop. Its tasks and its session hold it.
class ExecRun final : public DataService, public SessionPart, public std::enable_shared_from_this<ExecRun> {
 public:
  // `session` lives until this has ended.
  ExecRun(ControlSession& session, std::shared_ptr<const ExecCommand> command, ProcessPlan plan, Slot slot);

  // It is a part of the session from now on, until it has ended.
  static void join_session(const std::shared_ptr<ExecRun>& self);
  // Waits for the data connection and ends the run when it does not come. To be spawned once.
  static net::Task<void> watch(std::shared_ptr<ExecRun> self);
  net::Task<void> attach(std::unique_ptr<net::Stream> stream, bool lead) override;
  // Kills the command and all that it has started; `why` is what the client is told.
  void stop(Error why);
  // As above, and tells nobody.
  void drop(Error why);
  bool busy() const override { return true; }
  void end(const Error& why) override { drop(why); }
  net::Task<void> close(bool) override { co_return; }

  // How it ended, when it has.
  Result<ExecEnded> outcome() const;

  Ticket ticket;  // set once, before anything runs

 private:
  using Self = std::shared_ptr<ExecRun>;
  using Clock = std::chrono::steady_clock;

  void leave_session();
  net::Task<Result<void>> begin();
  net::Task<void> until_ended();
  net::Task<void> say_end();
  net::Task<void> let_tasks_end();
  // Each holds this and counts as one of `tasks_`.
  void start_tasks();
  static net::Task<void> counted(Self self, net::Task<void> task);
  net::Task<void> pump(net::Pipe& from, BlockType as);
  net::Task<void> receive();
  net::Task<void> feed();
  net::Task<void> keep_alive();
  net::Task<void> keep_time();
  net::Task<void> await_keeper();
  Result<void> take(ExecBlock block);
  void keep(std::vector<std::byte> piece);
  net::Task<Result<void>> grant_room(std::size_t consumed);

  ControlSession& session_;
  const std::shared_ptr<const ExecCommand> command_;  // as it was when the run began
  const ProcessPlan plan_;
  const Slot slot_;
  const Clock::time_point begun_ = Clock::now();
  net::Signal changed_, finished_;  // something did; all did
  std::unique_ptr<ExecBlocks> blocks_;
  int keeper_ = -1;
  std::optional<net::Pipe> control_, input_, output_, errors_;

  std::deque<std::vector<std::byte>> to_feed_;
  bool input_ended_ = false, input_refused_ = false;
  // Bytes of input: how many may come in all, as the client knows, and how many have come and gone on.
  std::uint64_t room_, received_ = 0, fed_ = 0;
  std::uint64_t written_ = 0;  // bytes of both outputs
  bool attached_ = false, keeper_ended_ = false, over_ = false;
  std::size_t pumping_ = 0, tasks_ = 0;
  ExecEnded ended_;
  std::optional<Error> why_;  // it was stopped
};

}  // namespace dftp::server
