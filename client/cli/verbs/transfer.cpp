#include <unistd.h>

#include <algorithm>

#include "client/cli/verbs/context.h"
#include "client/cli/verbs/for_each_operand.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/put_job.h"
#include "client/cli/verbs/transfer_with_progress.h"
#include "client/cli/view/console.h"
#include "client/cli/view/exit_code.h"
#include "client/local_paths.h"

namespace dftp::cli {
namespace {

constexpr std::string_view pipe = "-";

// "." and "/" have no name of their own.
std::string name_of(const std::string& local) {
  if (local == pipe) return "standard input";
  std::filesystem::path path = std::filesystem::path(local).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  return path == "." || path == ".." ? std::string() : path.filename().string();
}

ViewOptions view_of_get(const Call& call, bool to_out) {
  ViewOptions options{.verb = "get", .sources = {}, .labels = {}, .md5 = call.flags.md5, .content_on_out = to_out};
  for (const RemoteOperand& source : call.remote) options.sources.emplace_back(source.path.name());
  return options;
}

client::GetRequest get_job(const Call& call) {
  client::GetRequest job{{}, call.local[0], call.local[0].ends_with('/')};
  for (const RemoteOperand& source : call.remote) job.sources.push_back(source.path);
  return job;
}

VerbTask put_files(Context& context, const Call& call, Report& report) {
  ViewOptions view{.verb = "put", .sources = {}, .labels = call.local, .md5 = call.flags.md5, .content_on_out = false};
  for (const std::string& source : call.local) view.sources.push_back(name_of(source));
  client::TransferOptions options = options_of(context, call.flags);
  options.md5 |= !options.job.empty();  // its receipt has it
  TransferWithProgress running(context, call, report, std::move(view), options);
  client::PutRequest job{{call.local.begin(), call.local.end()}, call.remote[0].path, call.remote[0].directory};
  auto result = co_await running.put(job);
  running.sum_up(result.has_value());
  co_return result;
}

}  // namespace

VerbTask get(Context& context, const Call& call, Report& report) {
  if (auto fine = check_single_file(call); !fine) co_return fine;
  const bool to_out = client::descriptor_named(call.local[0]) == STDOUT_FILENO;
  if (to_out && context.console.mode().json) {
    co_return fail(Code::usage, call.local[0],
                   "the file and --json both want standard output; give a file to write to, or leave --json out");
  }
  for (const RemoteOperand& source : call.remote) {
    if (const auto written = co_await check_written(context, call, source); !written) co_return written;
  }
  TransferWithProgress running(context, call, report, view_of_get(call, to_out), options_of(context, call.flags));
  const client::GetRequest job = get_job(call);
  auto result = co_await running.get(job);
  running.sum_up(result.has_value());
  co_return result;
}

VerbTask put(Context& context, const Call& call, Report& report) {
  if (auto fine = check_single_file(call); !fine) co_return fine;
  const auto reads_stdin = [](const std::string& local) { return client::descriptor_read(local) == STDIN_FILENO; };
  if (const auto found = std::ranges::find_if(call.local, reads_stdin);
      context.commands_on_stdin && found != call.local.end()) {
    co_return fail(Code::usage, *found, "standard input has the commands of this session; use dftp-cli put - URL");
  }
  if (call.flags.job.empty() && call.flags.receipt.empty()) co_return co_await put_files(context, call, report);
  const PutOnce put_once = [&](const Call& once) { return put_files(context, once, report); };
  co_return co_await put_job(context, call, report, put_once);
}

VerbTask cat(Context& context, const Call& call, Report& report) {
  if (context.console.mode().json) co_return fail(Code::usage, "cat", "the file and --json both want standard output");
  for (const RemoteOperand& source : call.remote) {
    const Call one{call.verb, call.flags, {source}, {std::string(pipe)}};
    TransferWithProgress running(context, one, report, view_of_get(one, true), options_of(context, one.flags));
    const client::GetRequest job = get_job(one);
    auto result = co_await check_written(context, call, source);
    if (result) result = co_await running.get(job);
    if (result) continue;
    if (call.remote.size() == 1 || ends_session(result.error())) co_return result;
    report.failed(result.error());
  }
  co_return Result<void>();
}

}  // namespace dftp::cli
