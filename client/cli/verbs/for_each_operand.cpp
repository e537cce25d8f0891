#include "client/cli/verbs/for_each_operand.h"

#include <algorithm>
#include <array>

#include "client/cli/verbs/context.h"
#include "client/cli/view/exit_code.h"
#include "client/cli/view/report.h"
#include "client/sync/in_parallel.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

constexpr std::size_t width = limits::requests_in_flight / 2;

// Whether things go into it: a directory there, or a new name.
net::Task<Result<bool>> is_directory(Context& context, const RemoteOperand& target) {
  const auto known = co_await context.remote.stat(target.path);
  if (!known && known.error().code != Code::not_found) co_return std::unexpected(known.error());
  co_return known && known->type == FileType::directory;
}

// To these a file is as good, or they make the directory.
bool takes_any(const Call& call) {
  constexpr std::array verbs = {list, find, disk_usage, show_space, make_directories};
  return std::ranges::find(verbs, call.verb->handler) != verbs.end() || call.flags.recursive;
}

// Whether none of them is or lies in another, so that the server may take them in any order.
bool independent(const std::vector<RemotePath>& paths) {
  std::vector<std::string> texts;
  for (const RemotePath& path : paths) texts.push_back(path.is_root() ? "/" : path.absolute() + "/");
  std::ranges::sort(texts);
  return std::ranges::adjacent_find(texts, [](auto& one, auto& next) { return next.starts_with(one); }) == texts.end();
}

VerbTask written_so(Context& context, const Call& call, const RemoteOperand& operand, OutputTurn turn,
                    const Each& each) {
  const auto written = co_await check_written(context, call, operand);
  if (!written) co_return written;
  auto done = each(operand, turn);
  co_return co_await std::move(done);
}

using Act = std::function<VerbTask(std::size_t number, OutputTurn turn)>;

class Round {
 public:
  Round(Context& context, Report& report, std::size_t count, const Act& act)
      : executor_(context.session.executor()), report_(report), count_(count), act_(act), turns_(executor_) {}

  VerbTask run(bool at_once) {
    std::deque<std::size_t> left;
    for (std::size_t i = 0; i < count_; ++i) left.push_back(i);
    const sync::InParallel<std::size_t>::Act one = [&](std::size_t number) { return take(number); };
    sync::InParallel<std::size_t> running(executor_, left, one);
    co_await running.run(at_once ? std::min(width, count_) : 1);
    co_return ended_;
  }

 private:
  net::Task<bool> take(std::size_t number) {
    Result<void> done;
    const bool begun = ended_.has_value();
    if (begun) {
      auto acting = act_(number, {turns_, number});
      done = co_await std::move(acting);
    }
    co_await turns_.wait(number);
    if (!done && ended_) tell(done.error());
    turns_.next();
    co_return begun;
  }

  void tell(const Error& error) {
    if (count_ == 1 || ends_session(error)) {
      ended_ = std::unexpected(error);
    } else {
      report_.failed(error);
    }
  }

  const net::Executor executor_;
  Report& report_;
  const std::size_t count_;
  const Act& act_;
  OrderedOutput turns_;
  Result<void> ended_;  // an error: no more is begun
};

}  // namespace

VerbTask check_written(Context& context, const Call& call, const RemoteOperand& operand) {
  const bool of_link = call.verb->handler == remove || call.verb->handler == move;
  if (!operand.directory || operand.path.is_root() || (takes_any(call) && !of_link)) co_return Result<void>();
  if (const auto reached = co_await reach(context); !reached) co_return reached;
  const auto known = co_await context.remote.stat(operand.path, !of_link);
  if (!known) co_return std::unexpected(known.error());
  if (known->type == FileType::directory) co_return Result<void>();
  const bool link = known->type == FileType::symlink;
  co_return fail(Code::not_directory, operand.text,
                 link ? "is a symbolic link; without the / at its end it is meant itself"
                      : "is no directory; leave the / at its end out if it is meant");
}

VerbTask for_each(Context& context, const Call& call, Report& report, One one, Concurrency concurrency) {
  const Each each = [&](const RemoteOperand& operand, OutputTurn turn) {
    return one(context, call, operand, report, turn);
  };
  co_return co_await for_each(context, call, report, each, concurrency);
}

VerbTask for_each(Context& context, const Call& call, Report& report, const Each& each, Concurrency concurrency) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  std::vector<RemotePath> paths;
  for (const RemoteOperand& operand : call.remote) paths.push_back(operand.path);
  const Act act = [&](std::size_t i, OutputTurn turn) { return written_so(context, call, call.remote[i], turn, each); };
  Round round(context, report, paths.size(), act);
  co_return co_await round.run(concurrency == Concurrency::at_once && independent(paths));
}

VerbTask for_each_into(Context& context, const Call& call, Report& report, std::string_view what, OneInto one,
                       Concurrency concurrency) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  const RemoteOperand& target = call.remote.back();
  const std::size_t sources = call.remote.size() - 1;
  const auto into = co_await is_directory(context, target);
  if (!into) co_return std::unexpected(into.error());
  if (!*into && (sources > 1 || (target.directory && !call.flags.recursive))) {
    co_return fail(Code::not_directory, target.text,
                   "no such directory to " + std::string(what) + " into; make it with mkdir");
  }
  std::vector<RemotePath> froms, tos;
  for (std::size_t i = 0; i < sources; ++i) {
    const RemotePath& from = call.remote[i].path;
    auto to = *into ? target.path.child(from.name()) : Result<RemotePath>(target.path);
    if (!to) co_return std::unexpected(std::move(to.error()));
    froms.push_back(from);
    tos.push_back(std::move(*to));
  }
  std::vector<RemotePath> all = froms;
  all.insert(all.end(), tos.begin(), tos.end());
  const Each each = [&](const RemoteOperand&, OutputTurn turn) {
    return one(context, call, froms[turn.number], tos[turn.number], report, turn);
  };
  const Act act = [&](std::size_t i, OutputTurn turn) { return written_so(context, call, call.remote[i], turn, each); };
  Round round(context, report, sources, act);
  co_return co_await round.run(concurrency == Concurrency::at_once && independent(all));
}

}  // namespace dftp::cli
