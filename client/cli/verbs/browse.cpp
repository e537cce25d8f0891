#include <unistd.h>

#include <algorithm>

#include "client/cli/line/display.h"
#include "client/cli/verbs/context.h"
#include "client/cli/verbs/for_each_operand.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/console.h"
#include "client/cli/view/list_view.h"
#include "client/cli/view/md5_line.h"
#include "client/cli/view/report.h"

namespace dftp::cli {
namespace {

// The links of one page, and those who ask for their targets.
struct LinkQueue {
  Context& context;
  const RemotePath& directory;
  std::vector<ListedEntry>& entries;
  std::size_t next = 0;
};

// A link that is gone meanwhile, or must not be read, has no target.
net::Task<bool> read_targets(LinkQueue& queue) {
  while (queue.next < queue.entries.size()) {
    ListedEntry& listed = queue.entries[queue.next++];
    if (listed.entry.type != FileType::symlink) continue;
    const auto path = queue.directory.child(listed.entry.name);
    if (!path) continue;
    auto target = co_await queue.context.remote.read_link(*path);
    if (target) listed.target = std::move(*target);
  }
  co_return true;
}

// Four requests at a time: a directory of links should not take a round trip each.
net::Task<bool> read_all_targets(LinkQueue& queue) {
  auto front = net::both(read_targets(queue), read_targets(queue));
  auto back = net::both(read_targets(queue), read_targets(queue));
  co_await net::both(std::move(front), std::move(back));
  co_return true;
}

void show(Context& context, const Call& call, Report& report, const RemotePath& directory,
          std::vector<ListedEntry> entries, bool headed) {
  const std::string path = directory.absolute();
  print_listing(context.console, report, call.flags, std::move(entries), headed ? &path : nullptr);
}

// A name that was given is shown, whatever it begins with.
Call named(const Call& call) {
  Call named = call;
  named.flags.hidden = true;
  return named;
}

net::Task<Result<ListedEntry>> file_entry(Context& context, const Call& call, const RemoteOperand& operand) {
  const auto known = co_await context.remote.stat(operand.path, false);
  if (!known) co_return std::unexpected(known.error());
  // In a call of its own the server is known; of several files it matters where they are.
  const bool last_name = call.remote.size() == 1 || context.console.mode().json;
  const std::string alone = operand.path.is_root() ? "/"
                            : last_name            ? std::string(operand.path.name())
                                                   : operand.path.relative();
  ListedEntry listed{{context.in_session ? operand.text : alone, known->type, known->size, known->mtime, known->mode},
                     {}};
  if (call.flags.details && known->type == FileType::symlink) {
    auto target = co_await context.remote.read_link(operand.path);
    if (target) listed.target = std::move(*target);
  }
  co_return listed;
}

VerbTask list_file(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  auto listed = co_await file_entry(context, call, operand);
  if (!listed) co_return std::unexpected(std::move(listed.error()));
  co_await turn.wait();
  show(context, named(call), report, operand.path.parent(), {std::move(*listed)}, false);
  co_return Result<void>();
}

// What is listed next, where the directories beneath are listed too.
void note_beneath(std::vector<RemoteOperand>& beneath, const Call& call, const RemoteOperand& operand,
                  const std::vector<client::RemoteEntry>& page) {
  for (const client::RemoteEntry& entry : page) {
    if (entry.type != FileType::directory || (entry.name.starts_with('.') && !call.flags.hidden)) continue;
    auto path = operand.path.child(entry.name);
    if (path) beneath.push_back({*path, true, operand.text + (operand.text.ends_with('/') ? "" : "/") + entry.name});
  }
}

// `headings`: of several. `beneath` gets the directories in it.
VerbTask list_directory(Context& context, const Call& call, const RemoteOperand& operand, Report& report,
                        OutputTurn turn, Headings* headings, std::vector<RemoteOperand>* beneath = nullptr) {
  // By name they come as they are wanted, page by page.
  const bool at_once = invocation_of(call.flags) == ListOrder();
  bool silent = true;
  std::vector<ListedEntry> entries;
  client::RemoteListing listing = context.remote.list(operand.path);
  while (true) {
    auto page = co_await listing.next();
    if (!page && !headings && page.error().code == Code::not_directory && !operand.directory) {
      co_return co_await list_file(context, call, operand, report, turn);
    }
    if (!page) co_return std::unexpected(std::move(page.error()));
    const bool last = page->empty();
    if (beneath) note_beneath(*beneath, call, operand, *page);
    for (client::RemoteEntry& entry : *page) entries.push_back({std::move(entry), {}});
    if (!last && !at_once) continue;
    if (call.flags.details) {
      LinkQueue links{context, operand.path, entries};
      co_await read_all_targets(links);
    }
    co_await turn.wait();
    if (std::exchange(silent, false) && headings) headings->show(operand.text);
    show(context, call, report, operand.path, std::exchange(entries, {}), headings);
    if (last) co_return Result<void>();
  }
}

VerbTask list_one(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  return list_directory(context, call, operand, report, turn, nullptr);
}

void show_files(Context& context, const Call& call, Report& report,
                std::vector<std::pair<RemotePath, ListedEntry>> files) {
  if (context.console.mode().json) {
    for (auto& [directory, listed] : files) show(context, named(call), report, directory, {std::move(listed)}, true);
    return;
  }
  std::vector<ListedEntry> entries;
  for (auto& [directory, listed] : files) entries.push_back(std::move(listed));
  if (!entries.empty()) show(context, named(call), report, {}, std::move(entries), false);
}

// Each directory, and then those in it, as ls -R does. What cannot be listed is reported, and the rest goes on.
VerbTask list_all_beneath(Context& context, const Call& call, Report& report, Headings& headings) {
  std::vector<RemoteOperand> left(call.remote.rbegin(), call.remote.rend());
  while (!left.empty()) {
    const RemoteOperand operand = std::move(left.back());
    left.pop_back();
    std::vector<RemoteOperand> beneath;
    OrderedOutput order(context.session.executor());
    const auto listed = co_await list_directory(context, call, operand, report, {order, 0}, &headings, &beneath);
    if (!listed && (ends_session(listed.error()) || context.interrupts.received() != 0)) co_return listed;
    if (!listed) report.failed(listed.error());
    std::ranges::sort(beneath, std::ranges::greater(), &RemoteOperand::text);
    std::ranges::move(beneath, std::back_inserter(left));
  }
  co_return Result<void>();
}

// As ls does: files first and together, and then each directory with a heading.
VerbTask list_several(Context& context, const Call& call, Report& report) {
  std::vector<std::pair<RemotePath, ListedEntry>> files;
  Call directories = call;
  directories.remote.clear();
  const Each sort = [&](const RemoteOperand& operand, OutputTurn turn) -> VerbTask {
    const auto known = co_await context.remote.stat(operand.path);
    const bool is_directory =
        !call.flags.itself && (operand.directory || (known && known->type == FileType::directory));
    std::optional<ListedEntry> listed;
    if (!is_directory) {
      auto entry = co_await file_entry(context, call, operand);
      if (!entry) co_return std::unexpected(std::move(entry.error()));
      listed = std::move(*entry);
    }
    co_await turn.wait();
    if (listed) {
      files.emplace_back(operand.path.parent(), std::move(*listed));
    } else {
      directories.remote.push_back(operand);
    }
    co_return Result<void>();
  };
  auto sorted = co_await for_each(context, call, report, sort);
  if (!sorted) co_return sorted;
  Headings headings(context.console, files.empty());
  show_files(context, call, report, std::move(files));
  if (call.flags.descend) co_return co_await list_all_beneath(context, directories, report, headings);
  const Each list = [&](const RemoteOperand& operand, OutputTurn turn) {
    return list_directory(context, call, operand, report, turn, &headings);
  };
  auto listed = co_await for_each(context, directories, report, list);
  if (listed || ends_session(listed.error())) co_return listed;
  report.failed(listed.error());
  co_return Result<void>();
}

json::Object with_path(const std::string& path, const json::Value& fields) {
  json::Object object = {{"path", to_json(Name{path})}};
  for (const json::Member& member : *fields.as<json::Object>()) object.push_back(member);
  return object;
}

Call with_default(Context& context, const Call& call) {
  Call full = call;
  if (full.remote.empty()) full.remote.push_back({context.directory, true, "."});
  return full;
}

VerbTask stat_one(Context& context, const Call&, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  const auto known = co_await context.remote.stat(operand.path, false);
  if (!known) co_return std::unexpected(known.error());
  std::string target;
  if (known->type == FileType::symlink) {
    auto read = co_await context.remote.read_link(operand.path);
    if (!read) co_return std::unexpected(std::move(read.error()));
    target = std::move(*read);
  }
  co_await turn.wait();
  Console& console = context.console;
  const std::string path = operand.path.absolute();
  if (console.mode().json) {
    json::Object object = with_path(path, to_json(*known));
    if (!target.empty()) object.emplace_back("target", to_json(Name{target}));
    report.entry(object);
    co_return Result<void>();
  }
  console.out(console.shown(path) + "\n" + stat_lines(*known));
  if (!target.empty()) console.out("  target     " + console.shown(target) + "\n");
  co_return Result<void>();
}

VerbTask show_space_of(Context& context, const Call& call, const RemoteOperand& operand, Report& report,
                       OutputTurn turn) {
  const auto space = co_await context.remote.space(operand.path);
  co_await turn.wait();
  if (!space) co_return std::unexpected(space.error());
  Console& console = context.console;
  const std::string path = operand.path.absolute();
  if (console.mode().json) {
    report.entry(with_path(path, to_json(*space)));
  } else {
    const bool human = call.flags.human;
    console.out(human ? space_line(*space, console.shown(path)) : console.shown(path) + "\n" + space_lines(*space));
  }
  co_return Result<void>();
}

VerbTask md5_one(Context& context, const Call& call, const RemoteOperand& operand, Report& report, OutputTurn turn) {
  const auto reply = co_await context.remote.md5(operand.path);
  co_await turn.wait();
  if (!reply) co_return std::unexpected(reply.error());
  Console& console = context.console;
  if (console.mode().json) {
    report.entry(json::Object{
        {"path", to_json(Name{operand.path.absolute()})}, {"size", to_json(reply->size)}, {"md5", reply->md5}});
    if (call.remote.size() == 1) report.add("md5", reply->md5);
    co_return Result<void>();
  }
  const std::string name = context.in_session ? operand.text : operand.path.relative();
  console.out(console.shown(md5_line(reply->md5, name)) + "\n");
  co_return Result<void>();
}

}  // namespace

VerbTask list(Context& context, const Call& call, Report& report) {
  const Call full = with_default(context, call);
  const bool several = full.remote.size() > 1 || full.flags.itself || full.flags.descend;
  if (several) co_return co_await list_several(context, full, report);
  co_return co_await for_each(context, full, report, list_one);
}

VerbTask stat(Context& context, const Call& call, Report& report) {
  co_return co_await for_each(context, call, report, stat_one);
}

VerbTask show_space(Context& context, const Call& call, Report& report) {
  const Call full = with_default(context, call);
  co_return co_await for_each(context, full, report, show_space_of);
}

VerbTask md5(Context& context, const Call& call, Report& report) {
  co_return co_await for_each(context, call, report, md5_one);
}

}  // namespace dftp::cli
