#include "client/cli/line/mode_words.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/for_each_operand.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

VerbTask make_directory(Context& context, const Call& call, const RemoteOperand& operand, Report& report,
                        OutputTurn turn) {
  auto made = co_await context.remote.make_directory(operand.path, call.flags.parents);
  co_await turn.wait();
  if (made) report.entry(json::Object{{"path", to_json(Name{operand.path.absolute()})}});
  co_return made;
}

VerbTask remove_one(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  if (operand.path.is_root()) {
    co_return fail(Code::denied, operand.text, "the shared directory itself is not removed; name what is in it");
  }
  const auto removed = co_await context.remote.remove(operand.path, call.flags.recursive);
  co_await turn.wait();
  if (!removed && removed.error().code == Code::not_found && call.flags.force) co_return Result<void>();
  if (!removed) co_return std::unexpected(removed.error());
  for (const WireError& error : removed->errors) report.failed(from_wire(error));
  if (removed->failed > removed->errors.size()) {
    const auto more = std::to_string(removed->failed - removed->errors.size());
    report.failed({Code::io, {}, operand.text, more + " more names in it could not be removed"});
  }
  report.entry(json::Object{{"path", to_json(Name{operand.path.absolute()})},
                            {"removed", to_json(removed->removed)},
                            {"failed", to_json(removed->failed)}});
  co_return Result<void>();
}

VerbTask move_one(Context& context, const Call& call, const RemotePath& from, const RemotePath& to, Report& report,
                  OutputTurn turn) {
  auto moved = co_await context.remote.rename(from, to, call.flags.replace);
  co_await turn.wait();
  if (moved) {
    report.entry(json::Object{{"from", to_json(Name{from.absolute()})}, {"to", to_json(Name{to.absolute()})}});
  }
  co_return moved;
}

// A change counts from the mode that is there now.
net::Task<Result<std::uint32_t>> mode_after(Context& context, const ModeChange& change, const RemotePath& path) {
  if (!change.is_relative()) co_return change.apply(0, false);
  const auto known = co_await context.remote.stat(path);
  if (!known) co_return std::unexpected(known.error());
  co_return change.apply(known->mode, known->type == FileType::directory);
}

VerbTask change_mode_of(Context& context, const Call& call, const RemoteOperand& operand, Report& report,
                        OutputTurn turn) {
  const auto change = ModeChange::parse(call.local[0]);
  if (!change) co_return std::unexpected(change.error());
  const auto mode = co_await mode_after(context, *change, operand.path);
  Result<void> changed;
  if (mode) changed = co_await context.remote.set_mode(operand.path, *mode);
  co_await turn.wait();
  if (!mode) co_return std::unexpected(mode.error());
  if (changed) {
    report.entry(json::Object{{"path", to_json(Name{operand.path.absolute()})}, {"mode", to_json(*mode)}});
  }
  co_return changed;
}

VerbTask remove_empty(Context& context, const Call&, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  auto removed = co_await context.remote.remove_directory(operand.path);
  co_await turn.wait();
  if (removed) report.entry(json::Object{{"path", to_json(Name{operand.path.absolute()})}});
  co_return removed;
}

VerbTask make_link_at(Context& context, const Call& call, const RemoteOperand& operand, Report& report,
                      OutputTurn turn) {
  const std::string& target = call.local[0];
  auto made = co_await context.remote.make_symlink(target, operand.path);
  co_await turn.wait();
  if (made) {
    report.entry(json::Object{{"path", to_json(Name{operand.path.absolute()})}, {"target", to_json(Name{target})}});
  }
  co_return made;
}

}  // namespace

VerbTask make_directories(Context& context, const Call& call, Report& report) {
  co_return co_await for_each(context, call, report, make_directory);
}

VerbTask remove(Context& context, const Call& call, Report& report) {
  co_return co_await for_each(context, call, report, remove_one);
}

VerbTask remove_directories(Context& context, const Call& call, Report& report) {
  // One may lie in another that is named behind it.
  co_return co_await for_each(context, call, report, remove_empty, Concurrency::one_by_one);
}

VerbTask make_link(Context& context, const Call& call, Report& report) {
  if (!call.flags.symbolic) co_return fail(Code::usage, "ln", "makes symbolic links only; give -s");
  if (call.local[0].empty())
    co_return fail(Code::usage, "ln", "the target is empty; give the text that the link shall have");
  co_return co_await for_each(context, call, report, make_link_at);
}

VerbTask change_mode(Context& context, const Call& call, Report& report) {
  if (const auto change = ModeChange::parse(call.local[0]); !change) co_return std::unexpected(change.error());
  co_return co_await for_each(context, call, report, change_mode_of);
}

VerbTask move(Context& context, const Call& call, Report& report) {
  if (call.target)
    co_return fail(Code::usage, call.remote.back().text, "is on another server or of another user; cp copies there");
  co_return co_await for_each_into(context, call, report, "move", move_one, Concurrency::at_once);
}

}  // namespace dftp::cli
