#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/for_each_operand.h"
#include "client/cli/verbs/tree_names.h"
#include "client/cli/view/console.h"
#include "client/cli/view/report.h"
#include "client/feeds.h"

namespace dftp::cli {
namespace {

json::Object found_json(const std::string& path, const Found& part, std::size_t i) {
  return {{"event", "found"},
          {"path", to_json(Name{path})},
          {"type", std::string(name_of(part.types[i]))},
          {"size", to_json(part.sizes[i])},
          {"mtime", part.mtimes[i]},
          {"mode", static_cast<std::int64_t>(part.modes[i])}};
}

Find request_for(const Call& call, const RemoteOperand& operand) {
  return {.path = operand.path,
          .name = {call.flags.name},
          .types = call.flags.types,
          .least = call.flags.size.least,
          .max = call.flags.size.max,
          .newer = call.flags.newer,
          .depth = call.flags.depth};
}

VerbTask find_in(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn) {
  Console& console = context.console;
  const TreeNames names(context, operand);
  client::Feeds feeds(context.session);
  const Interruptible interruptible(context.interrupts, [&](int) { feeds.stop(); });
  const Find request = request_for(call, operand);
  const client::Take<Found> take = [&](const Found& part) -> Result<void> {
    for (std::size_t i = 0; i < part.paths.size(); ++i) {
      const std::string path = names.of(part.paths[i]);
      if (console.mode().json) {
        console.json(found_json(path, part, i));
      } else {
        console.out(console.shown(path) + "\n");
      }
    }
    for (const WireError& error : part.errors) report.failed(from_wire(error));
    return console.flush();
  };
  const auto reply = co_await feeds.find(request, take);
  if (!reply) co_return std::unexpected(reply.error());
  report.add("found", to_json(reply->found));
  co_return Result<void>();
}

// A directory's line, and the last one's members of the result.
VerbTask add_up(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn) {
  Console& console = context.console;
  const TreeNames names(context, operand);
  const auto line = [&](const RemotePath& beneath, std::uint64_t size, std::uint64_t allocated, std::uint64_t files) {
    const std::string path = names.of(beneath);
    if (console.mode().json) {
      console.json(json::Object{{"event", "used"},
                                {"path", to_json(Name{path})},
                                {"size", to_json(size)},
                                {"allocated", to_json(allocated)},
                                {"files", to_json(files)}});
    } else {
      console.out((call.flags.human ? human_size(allocated) : std::to_string(allocated)) + "\t" + console.shown(path) +
                  "\n");
    }
  };
  client::Feeds feeds(context.session);
  const Interruptible interruptible(context.interrupts, [&](int) { feeds.stop(); });
  bool told = false;  // a file alone has no directory to be told by
  const DiskUsage request{.path = operand.path,
                          .depth = call.flags.summary ? std::optional<std::uint32_t>(0) : call.flags.depth};
  const client::Take<Used> take = [&](const Used& part) -> Result<void> {
    for (std::size_t i = 0; i < part.paths.size(); ++i) {
      line(part.paths[i], part.sizes[i], part.allocated[i], part.files[i]);
      told |= part.paths[i].is_root();
    }
    for (const WireError& error : part.errors) report.failed(from_wire(error));
    return console.flush();
  };
  const auto reply = co_await feeds.disk_usage(request, take);
  if (!reply) co_return std::unexpected(reply.error());
  if (!told) line({}, reply->size, reply->allocated, reply->files);
  if (reply->partials > 0) {
    console.note(operand.text + ": the sum has the space of " + std::to_string(reply->partials) +
                 " unfinished uploads; they go when they are finished, with rm of their name, or after a week");
  }
  co_return Result<void>();
}

Call with_directory(Context& context, const Call& call) {
  Call full = call;
  if (full.remote.empty()) full.remote.push_back({context.directory, true, "."});
  return full;
}

}  // namespace

VerbTask find(Context& context, const Call& call, Report& report) {
  const Call full = with_directory(context, call);
  co_return co_await for_each(context, full, report, find_in, Concurrency::one_by_one);
}

VerbTask disk_usage(Context& context, const Call& call, Report& report) {
  const Call full = with_directory(context, call);
  co_return co_await for_each(context, full, report, add_up, Concurrency::one_by_one);
}

}  // namespace dftp::cli
