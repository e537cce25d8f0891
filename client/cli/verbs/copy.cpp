#include <span>

#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/for_each_operand.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"
#include "client/cli/view/retry_text.h"
#include "client/feeds.h"
#include "client/server_copy.h"

namespace dftp::cli {
namespace {

std::string files_text(std::uint64_t files, std::uint64_t bytes) {
  return std::to_string(files) + (files == 1 ? " file, " : " files, ") + human_size(bytes);
}

void show_progress(Console& console, const std::string& name, const Copied& part) {
  if (console.mode().json) {
    console.json(json::Object{{"event", "copying"},
                              {"path", to_json(Name{name})},
                              {"files", to_json(part.files)},
                              {"bytes", to_json(part.bytes)}});
  } else if (console.draws()) {
    console.draw({}, {printable(name) + ": copying, " + files_text(part.files, part.bytes)});
  }
}

json::Object copied_json(const std::string& from, const std::string& to, const CopyReply& reply) {
  return {{"from", to_json(Name{from})},       {"to", to_json(Name{to})},           {"files", to_json(reply.files)},
          {"skipped", to_json(reply.skipped)}, {"special", to_json(reply.special)}, {"failed", to_json(reply.failed)},
          {"bytes", to_json(reply.bytes)}};
}

VerbTask copy_one(Context& context, const Call& call, const RemotePath& from, const RemotePath& to, Report& report,
                  OutputTurn) {
  Console& console = context.console;
  client::Feeds feeds(context.session);
  const Interruptible interruptible(context.interrupts, [&](int) { feeds.stop(); });
  const Copy request{.from = from,
                     .to = to,
                     .recursive = call.flags.recursive,
                     .overwrite = call.flags.replace ? Overwrite::changed : Overwrite::never};
  const client::Take<Copied> take = [&](const Copied& part) -> Result<void> {
    show_progress(console, from.absolute(), part);
    for (const WireError& error : part.errors) report.failed(from_wire(error));
    return {};
  };
  const auto reply = co_await feeds.copy(request, take);
  console.clear();
  if (!reply) co_return std::unexpected(reply.error());
  report.entry(copied_json(from.absolute(), to.absolute(), *reply));
  if (call.flags.recursive && !console.mode().json) {
    console.note(printable(from.absolute()) + ": copied " + files_text(reply->files, reply->bytes) +
                 (reply->skipped ? ", " + std::to_string(reply->skipped) + " the same already" : "") +
                 special_text(reply->special));
  }
  co_return Result<void>();
}

VerbTask copy_between(Context& context, const Call& call, Report& report) {
  Console& console = context.console;
  client::ConnectOptions options = context.session.options();
  options.endpoint = call.target->endpoint;
  options.user = call.target->user;
  options.identity.fingerprint.clear();  // of the first server
  client::ServerHandle there(context.session.executor(), context.session.pool(), options);
  const RemoteOperand& target = call.remote.back();
  const std::string name = target.text;
  for (const RemoteOperand& source : std::span(call.remote).first(call.remote.size() - 1)) {
    if (const auto written = co_await check_written(context, call, source); !written) co_return written;
  }
  client::ServerCopyJob job{.target = target.path,
                            .directory = target.directory,
                            .recursive = call.flags.recursive,
                            .overwrite = call.flags.replace ? Overwrite::changed : Overwrite::never};
  for (std::size_t i = 0; i + 1 < call.remote.size(); ++i) job.sources.push_back(call.remote[i].path);
  job.retries = retries_of(context);
  bool through_here = false;
  const client::ServerCopyObserver observer{
      .moved = [&](std::uint64_t files, std::uint64_t bytes) { show_progress(console, name, {files, bytes, {}}); },
      .failed = [&](const Error& error) { report.failed(error); },
      .through_here =
          [&](const Error& why) {
            through_here = true;
            console.note("dftp-cli: the data go through here: " + describe(why));
          },
      .retrying = [&](const Error& why, net::Duration delay,
                      int attempt) { console.note(retry_text(why, delay, attempt, job.retries)); }};
  client::ServerCopy copying(context.session, there, observer);
  const Interruptible interruptible(context.interrupts, [&](int) { copying.stop(); });
  const auto reply = co_await copying.run(job);
  console.clear();
  if (reply) {
    report.entry(copied_json(call.remote.front().text, name, *reply));
    report.add("through_here", through_here);
    if (!console.mode().json)
      console.note(printable(name) + ": copied " + files_text(reply->files, reply->bytes) +
                   special_text(reply->special));
  }
  co_await there.finish();
  if (!reply) co_return std::unexpected(reply.error());
  co_return Result<void>();
}

VerbTask touch_one(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  auto touched = co_await context.remote.touch(operand.path, call.flags.create);
  co_await turn.wait();
  if (touched) report.entry(json::Object{{"path", to_json(Name{operand.path.absolute()})}});
  // Without --no-create there would have been a file: its absence is what was asked for.
  const bool absent = !touched && !call.flags.create && touched.error().code == Code::not_found;
  if (absent) co_return Result<void>();
  co_return touched;
}

}  // namespace

VerbTask copy(Context& context, const Call& call, Report& report) {
  if (call.target) co_return co_await copy_between(context, call, report);
  co_return co_await for_each_into(context, call, report, "copy", copy_one, Concurrency::one_by_one);
}

VerbTask touch(Context& context, const Call& call, Report& report) {
  co_return co_await for_each(context, call, report, touch_one);
}

}  // namespace dftp::cli
