// tail, watch: what the server pushes as it happens; a lost connection is opened again.
#include <ctime>

#include "client/backoff.h"
#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/for_each_operand.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/verbs/tree_names.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"
#include "client/cli/view/retry_text.h"
#include "client/feeds.h"
#include "client/transient.h"

namespace dftp::cli {
namespace {

// Attempts at one feed, until it is over or there have been too many in vain.
class Following {
 public:
  explicit Following(Context& context)
      : context_(context),
        interruptible_(context.interrupts, [this](int) { stop(); }),
        stopped_(context.session.executor()) {}

  client::Feeds& feeds() { return feeds_; }
  // Somebody has enough of it.
  bool ending() const { return ending_; }
  // Something came: the next attempt is the first one again.
  void progressed() {
    failures_ = 0;
    backoff_.reset();
  }
  // After a pause; false when it is to end with this error.
  net::Task<bool> again(const Error& why) {
    const int max = retries_of(context_);
    if (ending_ || !client::is_transient(why.code) || !context_.session.met() || failures_ >= max) co_return false;
    const auto delay = backoff_.next();
    context_.console.note(retry_text(why, delay, ++failures_, max));
    co_await stopped_.wait_for(delay);
    co_return !ending_;
  }

 private:
  void stop() {
    ending_ = true;
    feeds_.stop();
    stopped_.notify_all();
  }

  Context& context_;
  client::Feeds feeds_{context_.session};
  client::Backoff backoff_{static_cast<std::uint64_t>(std::time(nullptr))};
  const Interruptible interruptible_;
  net::Signal stopped_;
  int failures_ = 0;
  bool ending_ = false;
};

std::string_view tail_note(Tailed::What what) {
  switch (what) {
    case Tailed::What::data: break;
    case Tailed::What::truncated: return "was truncated; going on at its beginning";
    case Tailed::What::replaced: return "is another file now; going on at its beginning";
    case Tailed::What::removed: return "is gone; waiting for another one";
  }
  return "";
}

void show(Console& console, const std::string& name, const Tailed& part) {
  if (console.mode().json) {
    console.json(json::Object{{"event", "tailed"},
                              {"path", to_json(Name{name})},
                              {"what", std::string(name_of(part.what))},
                              {"offset", to_json(part.offset)},
                              {"data", to_json(part.data)}});
  } else if (part.what == Tailed::What::data) {
    console.out(part.data.bytes);
  } else {
    console.note("dftp-cli: " + printable(name) + ": " + std::string(tail_note(part.what)));
  }
}

std::string clock_text() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  char text[16];
  return {text, std::strftime(text, sizeof(text), "%H:%M:%S", &local)};
}

std::string_view word_for(Happened what) {
  switch (what) {
    case Happened::made: return "made";
    case Happened::removed: return "removed";
    case Happened::content: return "written";
    case Happened::attributes: return "attributes";
  }
  return "";
}

void show(Console& console, const TreeNames& names, const Changes& part) {
  for (std::size_t i = 0; i < part.paths.size(); ++i) {
    const std::string path = names.of(part.paths[i]);
    if (console.mode().json) {
      console.json(json::Object{
          {"event", "changed"}, {"path", to_json(Name{path})}, {"what", std::string(name_of(part.what[i]))}});
    } else {
      console.out(clock_text() + "  " + left(std::string(word_for(part.what[i])), 10) + "  " + console.shown(path) +
                  "\n");
    }
  }
}

void show_missed(Console& console, const std::string& name) {
  if (console.mode().json) console.json(json::Object{{"event", "missed"}});
  console.note("dftp-cli: " + printable(name) + ": some changes are lost here");
}

}  // namespace

VerbTask tail(Context& context, const Call& call, Report&) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  if (const auto written = co_await check_written(context, call, call.remote[0]); !written) co_return written;
  Console& console = context.console;
  const std::string name = TreeNames(context, call.remote[0]).of({});
  Following following(context);
  Tail request{.path = call.remote[0].path, .lines = call.flags.lines, .follow = call.flags.follow};
  const client::Take<Tailed> take = [&](const Tailed& part) -> Result<void> {
    request.file = part.file;
    request.offset = part.offset;
    following.progressed();
    show(console, name, part);
    return console.flush();
  };
  while (true) {
    const auto ended = co_await following.feeds().tail(request, take);
    if (ended) co_return Result<void>();
    const bool again = co_await following.again(ended.error());
    if (following.ending()) co_return Result<void>();
    if (!again) co_return std::unexpected(ended.error());
  }
}

VerbTask watch(Context& context, const Call& call, Report&) {
  const auto reached = co_await reach(context);
  if (!reached) co_return reached;
  Console& console = context.console;
  const RemoteOperand operand = call.remote.empty() ? RemoteOperand{context.directory, true, "."} : call.remote[0];
  const TreeNames names(context, operand);
  Following following(context);
  const Watch request{.path = operand.path, .recursive = call.flags.recursive};
  bool begun = false;
  const client::Take<Changes> take = [&](const Changes& part) -> Result<void> {
    const bool first = part.paths.empty() && !part.missed;
    if (first && !begun) console.note("dftp-cli: watching " + printable(names.of({})) + "; Ctrl-C ends it");
    if (part.missed || (first && begun)) show_missed(console, names.of({}));
    begun = true;
    following.progressed();
    show(console, names, part);
    return console.flush();
  };
  while (true) {
    const auto ended = co_await following.feeds().watch(request, take);
    if (ended) co_return Result<void>();
    const bool again = co_await following.again(ended.error());
    if (following.ending()) co_return Result<void>();
    if (!again) co_return std::unexpected(ended.error());
  }
}

}  // namespace dftp::cli
