#include <unistd.h>

#include <algorithm>

#include "client/cli/console.h"
#include "client/cli/context.h"
#include "client/cli/exit_code.h"
#include "client/cli/handlers.h"
#include "client/cli/shell/state.h"
#include "client/cli/transfer_view.h"
#include "client/local_paths.h"

namespace dftp::cli {
namespace {

constexpr std::string_view pipe = "-";
constexpr int default_retries = 10;

client::TransferOptions options_of(const Context& context, const Flags& flags) {
  client::TransferOptions options;
  options.recursive = flags.recursive;
  options.streams = flags.streams;
  options.md5 = flags.md5;
  options.resume = flags.resume;
  options.overwrite = flags.overwrite;
  options.plain = context.settings.plain_data;
  options.retries = context.settings.retries.value_or(default_retries);
  options.wait_for_server = true;
  return options;
}

// "." and "/" have no name of their own.
std::string name_of(const std::string& local) {
  if (local == pipe) return "standard input";
  std::filesystem::path path = std::filesystem::path(local).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path == "." || path == ".." ? std::string() : path.filename().string();
}

// The view of a job in the background, or one above which those in the background are shown.
ViewOptions placed(ViewOptions options, const Context& context) {
  options.background = context.background;
  if (context.shell) options.others = [shell = context.shell] { return shell->jobs.lines(); };
  return options;
}

// One transfer with its view, and the coroutine that keeps the view moving.
class Running {
 public:
  Running(Context& context, const Call& call, Report& report, ViewOptions options)
      : context_(context),
        call_(call),
        report_(report),
        is_pipe_(options.content_on_out || call.local[0] == pipe),
        view_(context.console, report, placed(std::move(options), context)),
        transfer_(context.session, view_, options_of(context, call.flags)),
        ended_(context.session.executor()) {}

  Done get(const client::GetJob& job) { co_return co_await watched(transfer_.get(job)); }
  Done put(const client::PutJob& job) { co_return co_await watched(transfer_.put(job)); }

  // What the JSON result and the last line say of it.
  void sum_up(bool ended) {
    const double seconds = report_.seconds();
    const Totals& totals = transfer_.totals();
    for (json::Member& member : totals_json(totals, seconds)) {
      report_.add(std::move(member.first), std::move(member.second));
    }
    if (view_.named_md5()) report_.add("md5", *view_.named_md5());
    const auto limit = transfer_.limited_by();
    report_.add("limited_by", limit ? json::Value(std::string(*limit)) : json::Value());
    const bool something = totals.files + totals.skipped > 0 || totals.transferred > 0 || totals.resumed > 0;
    const bool fine = ended && totals.failed == 0;
    if (context_.console.mode().json || !(something || fine)) return;
    const bool told = limit && context_.settings.verbose;
    context_.console.note(context_.label + summary(totals, seconds, ended) +
                          (told ? "; limited by: " + std::string(*limit) : ""));
  }

 private:
  Done watched(Done work) {
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

  Done run(Done work) {
    auto result = co_await std::move(work);
    over_ = true;
    ended_.notify_all();
    co_return result;
  }

  net::Task<bool> show() {
    while (!over_) {
      const auto pause = view_.update_interval();
      co_await ended_.wait_for(pause);
      if (!over_) view_.update();
    }
    co_return true;
  }

  Context& context_;
  const Call& call_;
  Report& report_;
  const bool is_pipe_;
  TransferView view_;
  client::Transfer transfer_;
  net::Signal ended_;
  bool over_ = false;
};

ViewOptions view_of_get(const Call& call, bool to_out) {
  ViewOptions options{.verb = "get", .sources = {}, .labels = {}, .md5 = call.flags.md5, .content_on_out = to_out};
  for (const RemoteOperand& source : call.remote) options.sources.emplace_back(source.path.name());
  return options;
}

client::GetJob get_job(const Call& call) {
  client::GetJob job{{}, call.local[0], call.local[0].ends_with('/')};
  for (const RemoteOperand& source : call.remote) job.sources.push_back(source.path);
  return job;
}

}  // namespace

Done get(Context& context, const Call& call, Report& report) {
  const bool to_out = client::descriptor_named(call.local[0]) == STDOUT_FILENO;
  if (to_out && context.console.mode().json) {
    co_return fail(Code::usage, call.local[0], "the file and --json both want standard output");
  }
  Running running(context, call, report, view_of_get(call, to_out));
  const client::GetJob job = get_job(call);
  auto result = co_await running.get(job);
  running.sum_up(result.has_value());
  co_return result;
}

Done put(Context& context, const Call& call, Report& report) {
  if (context.in_session && std::ranges::find(call.local, pipe) != call.local.end()) {
    co_return fail(Code::usage, "-", "standard input has the commands of this session; use dftp-cli put - URL");
  }
  ViewOptions view{.verb = "put", .sources = {}, .labels = call.local, .md5 = call.flags.md5, .content_on_out = false};
  for (const std::string& source : call.local) view.sources.push_back(name_of(source));
  Running running(context, call, report, std::move(view));
  client::PutJob job{{call.local.begin(), call.local.end()}, call.remote[0].path, call.remote[0].directory};
  auto result = co_await running.put(job);
  running.sum_up(result.has_value());
  co_return result;
}

Done cat(Context& context, const Call& call, Report& report) {
  if (context.console.mode().json) co_return fail(Code::usage, "cat", "the file and --json both want standard output");
  for (const RemoteOperand& source : call.remote) {
    const Call one{call.verb, call.flags, {source}, {std::string(pipe)}};
    Running running(context, one, report, view_of_get(one, true));
    const client::GetJob job = get_job(one);
    auto result = co_await running.get(job);
    if (result) continue;
    if (call.remote.size() == 1 || ends_session(result.error().code)) co_return result;
    report.failed(result.error());
  }
  co_return Result<void>();
}

}  // namespace dftp::cli
