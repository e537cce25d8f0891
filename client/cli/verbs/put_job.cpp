// put --job, put --receipt, verify.
#include "client/cli/verbs/put_job.h"

#include <unistd.h>

#include <cerrno>

#include "client/cli/line/display.h"
#include "client/cli/verbs/receipt.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

namespace fs = std::filesystem;

// Of the job that was done already, or that runs no more. Code::not_found: it must be done.
net::Task<Result<Receipt>> earlier_receipt(Context& context, const Flags& flags) {
  constexpr auto look_again = std::chrono::milliseconds(500);
  for (bool told = false;; told = true) {
    auto receipt = co_await context.remote.receipt(flags.job);
    if (receipt || receipt.error().code != Code::busy || !flags.wait_for_job) co_return receipt;
    if (!told) context.console.note("dftp-cli: job " + printable(flags.job) + " runs already; waiting for its end");
    net::Duration pause = look_again;
    co_await net::sleep_for(pause);
  }
}

bool is_for(const Receipt& receipt, const RemotePath& target) {
  return receipt.path == target || receipt.path.parent() == target;
}

Result<void> hand_over(Context& context, const Call& call, Report& report, const Receipt& receipt, bool already) {
  const RemotePath& target = call.remote[0].path;
  if (!is_for(receipt, target)) {
    return fail(
        Code::exists, target.absolute(),
        "job " + call.flags.job + " has stored " + receipt.path.absolute() + " already; another file needs another ID");
  }
  const auto& options = context.session.options();
  const json::Object object = receipt_json(receipt, options.endpoint, options.user);
  if (!call.flags.receipt.empty()) {
    if (auto written = write_receipt(call.flags.receipt, object); !written) return written;
  }
  report.add("receipt", object);
  report.add("already", already);
  if (already) {
    context.console.note("job " + printable(call.flags.job) + " was done already: " +
                         printable(receipt.path.absolute()) + " at " + exact_time_text(receipt.time));
  }
  return {};
}

// Before anything is sent: what is stored by then cannot be said any more.
Result<void> check_receipt(const std::string& file) {
  std::error_code error;
  const fs::path whole = file.empty() ? fs::path() : fs::absolute(file, error);
  const bool fine = file.empty() || (!error && ::access(whole.parent_path().c_str(), W_OK | X_OK) == 0);
  if (fine && !fs::is_directory(whole, error)) return {};
  Error why = when("cannot write the receipt", fine ? from_errno(EISDIR, file) : from_errno(errno, file));
  why.code = Code::usage;
  return std::unexpected(std::move(why));
}

}  // namespace

Result<void> check_single_file(const Call& call) {
  const Flags& flags = call.flags;
  const bool single =
      !flags.if_version.empty() || !flags.backup.empty() || !flags.job.empty() || !flags.receipt.empty();
  const bool several = call.local.size() > 1 || call.remote.size() > 1 || flags.recursive;
  if (!single || !several) return {};
  return fail(Code::usage, std::string(call.verb->name),
              "--if-version, --backup, --job and --receipt are for one file");
}

VerbTask put_job(Context& context, const Call& given, Report& report, const PutOnce& put_once) {
  if (auto fine = check_receipt(given.flags.receipt); !fine) co_return fine;
  Call call = given;
  call.flags.overwrite = Overwrite::always;  // what is there is compared by its content
  if (call.flags.job.empty()) {
    call.flags.job = client::ConnectOptions::make_instance();
  } else {
    const auto earlier = co_await earlier_receipt(context, call.flags);
    if (earlier) co_return hand_over(context, call, report, *earlier, true);
    if (earlier.error().code != Code::not_found) co_return std::unexpected(earlier.error());
  }
  auto done = co_await put_once(call);
  const auto receipt = co_await context.remote.receipt(call.flags.job);
  // It may have been done by another process in between.
  const bool other = !done && done.error().code == Code::exists;
  if (receipt && (done || other)) co_return hand_over(context, call, report, *receipt, other);
  if (!done) co_return done;
  co_return std::unexpected(receipt.error());
}

VerbTask verify(Context& context, const Call& call, Report& report) {
  const auto known = read_receipt(call.local[0]);
  if (!known) co_return std::unexpected(known.error());
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  const RemotePath path = call.remote.empty() ? known->receipt.path : call.remote[0].path;
  const auto now = co_await context.remote.md5(path);
  if (!now) co_return std::unexpected(now.error());
  const Receipt& then = known->receipt;
  if (now->size != then.size || now->md5 != then.md5) {
    const bool damaged = now->version == then.version;
    co_return fail(damaged ? Code::integrity : Code::changed, path.absolute(),
                   std::string(damaged ? "is damaged: nobody has written to it, and it is not"
                                       : "was changed, and is not any more") +
                       " what was stored at " + exact_time_text(then.time));
  }
  report.entry(json::Object{{"path", to_json(Name{path.absolute()})},
                            {"size", to_json(now->size)},
                            {"md5", now->md5},
                            {"version", now->version},
                            {"time", to_json(then.time)}});
  if (!context.console.mode().json) context.console.out(context.console.shown(path.absolute()) + ": OK\n");
  co_return Result<void>();
}

}  // namespace dftp::cli
