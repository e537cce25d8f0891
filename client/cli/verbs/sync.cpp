#include "client/sync/sync_run.h"

#include <algorithm>
#include <map>

#include "client/cli/verbs/attempts.h"
#include "client/cli/verbs/transfer_with_progress.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/local_file.h"
#include "client/transient.h"
#include "proto/wire/path_order.h"

namespace dftp::cli {
namespace {

namespace fs = std::filesystem;
using sync::PlannedChange;

// A file that an option names and that cannot be used is a mistake in the call.
std::unexpected<Error> bad_option(Error error) {
  error.code = Code::usage;
  return std::unexpected(std::move(error));
}

Result<PathRules> rules_of(const Flags& flags) {
  PathRules rules;
  for (const PatternOption& given : flags.patterns) {
    if (given.kind != PatternOption::Kind::file) {
      auto added = rules.add(given.text, given.kind == PatternOption::Kind::include);
      if (!added) return std::unexpected(std::move(added.error()));
      continue;
    }
    auto file = client::read_local_file(given.text);
    if (!file) return bad_option(when("cannot read the patterns", file.error()));
    if (auto added = rules.add_file(file->text, given.text); !added) return std::unexpected(std::move(added.error()));
  }
  return rules;
}

// Without a slash or a dot at its end, so that it stands for exactly this directory.
fs::path exactly(const std::string& local) {
  std::error_code failed;
  const fs::path whole = fs::absolute(local, failed);
  const fs::path path = (failed ? fs::path(local) : whole).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

std::string line_of(const PlannedChange& change) {
  const std::string path = change.path.empty() ? "." : change.path;
  return std::string(name_of(change.action)) + " " + (change.from.empty() ? "" : change.from + " -> ") + path;
}

json::Object json_of(const PlannedChange& change) {
  json::Object object = {
      {"event", "planned"}, {"action", std::string(name_of(change.action))}, {"path", to_json(Name{change.path})}};
  if (!change.from.empty()) object.emplace_back("from", to_json(Name{change.from}));
  if (change.action == sync::SyncAction::send) object.emplace_back("size", to_json(change.size));
  if (change.action == sync::SyncAction::set_mode) object.emplace_back("mode", to_json(change.mode));
  return object;
}

// The paths of what is sent, and of the directories on the way there.
client::Only only(const std::vector<PlannedChange>& sent) {
  auto paths = std::make_shared<std::set<std::string>>();
  for (const PlannedChange& change : sent) {
    for (const std::string_view above : directories_above(change.path)) paths->emplace(above);
    paths->insert(change.path);
  }
  return [paths](const RemotePath& path) { return path.is_root() || paths->contains(path.relative()); };
}

// What keeps its mode there is announced with that, and what is open for the time of the work with the mode for it.
client::ModeOf mode_of(const sync::Plan& plan) {
  constexpr std::uint32_t filling = 0700;
  std::map<std::string, std::uint32_t> known = plan.kept_modes;
  for (const PlannedChange& change : plan.closed) known[change.path] = change.mode | filling;
  for (const PlannedChange& change : plan.opened) known[change.path] = change.mode;
  if (known.empty()) return {};
  return [modes = std::move(known)](const RemotePath& path) {
    const auto found = modes.find(path.relative());
    return found == modes.end() ? std::nullopt : std::optional(found->second);
  };
}

class Syncing {
 public:
  Syncing(Context& context, const Call& call, Report& report)
      : context_(context),
        call_(call),
        report_(report),
        job_(context.session.executor(), side(!call.to_remote), side(call.to_remote),
             {.remove = call.flags.remove,
              .checksum = call.flags.checksum,
              .modes = !call.flags.no_modes,
              .window_ns = std::chrono::nanoseconds(call.flags.modify_window).count(),
              .max_removed = call.flags.max_removed}) {}

  VerbTask run(const PathRules& rules) {
    auto plan = co_await make_plan(rules);
    if (!plan) co_return std::unexpected(std::move(plan.error()));
    for (const Error& error : plan->refused) fail_one(error);
    for (const Error& error : plan->special) report_.failed(error);
    special_ = plan->special.size();
    tell(*plan);
    Result<void> done;
    if (!call_.flags.dry_run) {
      done = co_await carry_out(*plan);
    } else if (plan->withheld > 0) {
      say_withheld(plan->withheld);
    }
    if (!summed_up_) add_totals();
    report_.add("renamed", to_json(renamed_));
    report_.add("removed", to_json(removed_));
    report_.add("dry_run", call_.flags.dry_run);
    if (plan->all().empty() && plan->refused.empty()) context_.console.note("nothing to do");
    if (renamed_ + removed_ > 0) {
      context_.console.note(std::to_string(renamed_) + " renamed, " + std::to_string(removed_) + " removed");
    }
    co_return done;
  }

 private:
  // Nothing is changed by it: a connection that is lost meanwhile costs a new beginning.
  net::Task<Result<sync::Plan>> make_plan(const PathRules& rules) {
    Attempts attempts(context_);
    while (true) {
      auto plan = co_await job_.plan(rules);
      if (plan) co_return plan;
      const bool again = co_await attempts.again(plan.error());
      if (!again) co_return plan;
    }
  }

  std::unique_ptr<sync::SyncSide> side(bool remote) const {
    if (remote) return sync::make_remote_side(context_.session, call_.remote[0].path);
    return sync::make_local_side(context_.session.pool(), exactly(call_.local[0]));
  }

  void fail_one(const Error& error) {
    failed_ = true;
    report_.failed(error);
  }

  void tell(const sync::Plan& plan) {
    Console& console = context_.console;
    for (const PlannedChange& change : plan.all()) {
      if (console.mode().json) {
        console.json(json_of(change));
      } else if (call_.flags.dry_run) {
        console.out(console.shown(line_of(change)) + "\n");
      } else if (context_.settings.verbose) {
        console.note(printable(line_of(change)));
      }
    }
  }

  void say_withheld(std::size_t count) {
    context_.console.say("dftp-cli: " + std::to_string(count) + (count == 1 ? " thing " : " things ") +
                         (call_.flags.dry_run ? "would not be"
                          : count == 1        ? "was not"
                                              : "were not") +
                         " removed, as not everything went well; the same command goes on");
  }

  VerbTask carry_out(const sync::Plan& plan) {
    const sync::SyncRun::OnChange on_change = [this](const PlannedChange& change, const Result<void>& done) {
      if (!done && change.meanwhile) return;  // what it is for may succeed, or says why not
      // A mode that cannot be set says nothing of what may be removed.
      if (!done && change.action == sync::SyncAction::set_mode) return report_.failed(done.error());
      if (!done) return fail_one(done.error());
      renamed_ += change.action == sync::SyncAction::rename;
      removed_ += change.action == sync::SyncAction::remove_file || change.action == sync::SyncAction::remove_directory;
    };
    co_await job_.carry_out(plan.opened, on_change);
    co_await job_.carry_out(plan.replaced, on_change);
    if (!plan.sent.empty()) {
      if (auto sent = co_await send(plan); !sent) {
        if (!client::is_transient(sent.error().code)) co_await job_.carry_out(opened_meanwhile(plan), on_change);
        co_return sent;
      }
    }
    co_await job_.carry_out(plan.adjusted, on_change);
    const std::vector<PlannedChange> removed = unsent_ ? plan.removed_after_failures() : plan.removed;
    const std::size_t withheld = plan.withheld + plan.removed.size() - removed.size();
    if (withheld > 0) say_withheld(withheld);
    co_await job_.carry_out(removed, on_change);
    co_await job_.carry_out(plan.closed, on_change);
    co_return Result<void>();
  }

  static std::vector<PlannedChange> opened_meanwhile(const sync::Plan& plan) {
    std::vector<PlannedChange> changes;
    std::ranges::copy_if(plan.closed, std::back_inserter(changes), &PlannedChange::meanwhile);
    return changes;
  }

  VerbTask send(const sync::Plan& plan) {
    Flags flags = call_.flags;
    flags.recursive = true;
    client::TransferOptions options = options_of(context_, flags);
    options.modes = flags.no_modes ? Modes::kept : Modes::planned;
    options.umask = flags.no_modes;
    options.mode_of = mode_of(plan);
    if (!job_.everything() || failed_ || special_ > 0) {
      options.overwrite = Overwrite::always;
      options.only = only(plan.sent);
    }
    const fs::path local = exactly(call_.local[0]);
    const RemotePath& remote = call_.remote[0].path;
    const std::string label = call_.to_remote ? local.string() : remote.absolute();
    TransferWithProgress running(context_, call_, report_, {.verb = "sync", .sources = {""}, .labels = {label}},
                                 options);
    const client::PutRequest put{{local / "."}, remote, false};
    const client::GetRequest get{{remote}, local, false};
    Result<void> done;
    if (call_.to_remote) {
      done = co_await running.put(put);
    } else {
      done = co_await running.get(get);
    }
    running.sum_up(done.has_value(), special_);
    summed_up_ = true;
    unsent_ = !done || running.totals().failed > 0;
    failed_ |= unsent_;
    co_return done;
  }

  void add_totals() {
    for (json::Member& member : totals_json({.special = special_}, report_.seconds())) {
      report_.add(std::move(member.first), std::move(member.second));
    }
    report_.add("limited_by", json::Value());
  }

  Context& context_;
  const Call& call_;
  Report& report_;
  sync::SyncRun job_;
  bool failed_ = false, unsent_ = false, summed_up_ = false;
  std::uint64_t renamed_ = 0, removed_ = 0, special_ = 0;
};

}  // namespace

VerbTask synchronize(Context& context, const Call& call, Report& report) {
  const auto rules = rules_of(call.flags);
  if (!rules) co_return std::unexpected(rules.error());
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  Syncing syncing(context, call, report);
  co_return co_await syncing.run(*rules);
}

}  // namespace dftp::cli
