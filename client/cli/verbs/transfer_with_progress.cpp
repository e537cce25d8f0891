#include "client/cli/verbs/transfer_with_progress.h"

#include "client/cli/verbs/state.h"
#include "client/cli/view/console.h"

namespace dftp::cli {

client::TransferOptions options_of(const Context& context, const Flags& flags) {
  client::TransferOptions options;
  options.recursive = flags.recursive;
  options.streams = flags.streams;
  options.md5 = flags.md5;
  options.resume = flags.resume;
  options.overwrite = flags.overwrite;
  options.if_version = flags.if_version;
  options.backup = flags.backup;
  options.job = flags.job;
  options.modes = flags.preserve ? Modes::all : Modes::kept;
  options.umask = !flags.preserve;
  options.plain = context.settings.plain_data;
  options.retries = retries_of(context);
  options.wait_for_server = true;
  return options;
}

namespace {

// The view of a job in the background, or one above which those in the background are shown.
ViewOptions placed(ViewOptions view, const Context& context) {
  view.background = context.background;
  if (context.shell) view.others = [shell = context.shell] { return shell->jobs.lines(); };
  return view;
}

}  // namespace

TransferWithProgress::TransferWithProgress(Context& context, const Call& call, Report& report, ViewOptions view,
                                           const client::TransferOptions& options)
    : context_(context),
      report_(report),
      is_pipe_(view.content_on_out || call.local[0] == "-"),
      view_(context.console, report, placed(std::move(view), context)),
      transfer_(context.session, view_, options),
      ended_(context.session.executor()) {}

void TransferWithProgress::sum_up(bool ended, std::uint64_t special) {
  const double seconds = report_.seconds();
  Totals totals = transfer_.totals();
  totals.special += special;
  for (json::Member& member : totals_json(totals, seconds)) {
    report_.add(std::move(member.first), std::move(member.second));
  }
  if (view_.named_md5()) report_.add("md5", *view_.named_md5());
  const auto limit = transfer_.limited_by();
  report_.add("limited_by", limit ? json::Value(std::string(*limit)) : json::Value());
  const bool something = totals.files + totals.skipped > 0 || totals.transferred > 0 || totals.resumed > 0;
  const bool fine = ended && totals.failed == 0;
  // Of one file the error says it all, and of a reader who has gone there is nothing to say.
  if (!fine && (!something || is_pipe_)) return;
  auto text = context_.label + summary(totals, seconds, ended);
  if (context_.settings.verbose && limit) text += "; limited by: " + std::string(*limit);
  if (context_.console.mode().json) return context_.console.log(text);
  context_.console.note(text);
}

VerbTask TransferWithProgress::watched(VerbTask work) {
  const Interruptible interruptible(context_.interrupts, [this](int) { transfer_.stop(); });
  auto finished = run(std::move(work));
  auto shown = show();
  auto [result, ignored] = co_await net::both(std::move(finished), std::move(shown));
  view_.finish();
  if (!result && result.error().code == Code::cancelled) {
    co_return fail(Code::cancelled, "", is_pipe_ ? "interrupted" : "interrupted; the same command goes on from here");
  }
  if (result && view_.named_failure()) co_return std::unexpected(*view_.named_failure());
  co_return result;
}

VerbTask TransferWithProgress::run(VerbTask work) {
  auto result = co_await std::move(work);
  over_ = true;
  ended_.notify_all();
  co_return result;
}

net::Task<bool> TransferWithProgress::show() {
  while (!over_) {
    const auto pause = view_.update_interval();
    co_await ended_.wait_for(pause);
    if (!over_) view_.update();
  }
  co_return true;
}

}  // namespace dftp::cli
