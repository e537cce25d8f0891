// get, put, receipt.
#include <algorithm>

#include "proto/transfer/digest_cache.h"
#include "proto/transfer/receiver.h"
#include "proto/transfer/sender.h"
#include "proto/wire/limits.h"
#include "server/commands/begin_put.h"
#include "server/commands/handlers.h"
#include "server/config/current_config.h"
#include "server/guard/guard.h"
#include "server/session/idempotent_upload.h"
#include "server/session/partial_collector.h"
#include "server/session/transfers.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {
namespace {

Result<void> permitted(const ControlSession& session, std::size_t count, bool plain, const std::string& what) {
  if (count == 0) return fail(Code::invalid_request, what, "must not be empty");
  if (count > limits::sources_per_request)
    return fail(Code::too_many, what, "more than " + std::to_string(limits::sources_per_request));
  if (plain && !session.context.config->allow_plain_data)
    return fail(Code::denied, {}, "this server wants TLS on data connections");
  return {};
}

// Of what is about one file there are not several.
bool is_single(const Put& request) {
  return !request.if_version.empty() || !request.backup.empty() || !request.job.empty();
}

Result<void> check_single(const Put& request, const std::string& where) {
  if (is_single(request) && request.targets.size() > 1)
    return fail(Code::invalid_request, where + ".targets", "must be one with a version, a backup or a job");
  const std::string& suffix = request.backup.bytes;
  if (suffix.empty() || RemotePath().child("x" + suffix)) return {};
  return fail(Code::invalid_request, where + ".backup", "must be the end of a name");
}

// A job that is done stays known for as long as was promised, so it is the new one that has to wait. Nobody can tell
// jobs' records from unfinished uploads, which count too.
Result<void> room_for_job(Storage& storage, std::size_t max) {
  auto kept = storage.count_partials({});
  if (kept && *kept > max) {
    auto removed = storage.collect_partials({}, limits::partial_lifetime);
    if (!removed) return std::unexpected(std::move(removed.error()));
    *kept -= std::min(*kept, *removed);
  }
  if (!kept) return std::unexpected(std::move(kept.error()));
  if (*kept <= max) return {};
  return fail(Code::too_many, "params.job",
              "the server remembers " + std::to_string(max) +
                  " jobs here already and takes no more until one is a week old; its operator can raise max-jobs");
}

Result<std::shared_ptr<IdempotentUpload>> begin_job(ControlSession& session, const std::string& id) {
  session.context.partial_collector.sweep(*session.storage, session.user->home, {});
  auto job = IdempotentUpload::open(session.storage, session.user->user, id);
  if (!job) return job;
  if ((*job)->receipt()) return fail(Code::exists, id, "this job was done already; its receipt says what it stored");
  if ((*job)->admitted()) return job;
  if (auto room = room_for_job(*session.storage, session.context.config->max_jobs); !room) {
    (*job)->forget();
    return std::unexpected(std::move(room.error()));
  }
  if (auto admitted = (*job)->admit(); !admitted) return std::unexpected(std::move(admitted.error()));
  return job;
}

// Its data connections can come now, and the request is answered when it has ended.
net::Task<Result<TransferReply>> until_ended(ActiveRequest& call, std::shared_ptr<ServerTransfer> transfer,
                                             const TransferBegun& begun) {
  call.on_cancel([transfer](const Error& why) { transfer->stop(why); });
  if (auto told = call.tell(begun); !told) transfer->stop(std::move(told.error()));
  const auto finished = co_await transfer->engine->finished();
  if (!finished) co_return std::unexpected(finished.error());
  const Totals& totals = transfer->engine->totals();
  co_return TransferReply{.files = totals.files + totals.skipped, .failed = totals.failed, .bytes = totals.bytes};
}

}  // namespace

std::size_t granted_streams(std::uint32_t wished) {
  return std::clamp<std::size_t>(wished, 1, limits::streams_per_transfer);
}

net::Task<Result<TransferReply>> get(ActiveRequest& call, const Get& request) {
  ControlSession& session = call.session;
  if (auto may = permitted(session, request.sources.size(), request.plain, "params.sources"); !may)
    co_return std::unexpected(may.error());
  if (!request.if_version.empty() && (request.sources.size() > 1 || request.recursive))
    co_return fail(Code::invalid_request, "params.if_version", "is for one file");
  const auto chosen = ChosenTicket::parse(session, request.ticket);
  if (!chosen) co_return std::unexpected(chosen.error());
  auto there = co_await session.pools->disk.run([&] { return check_sources(*session.storage, request); });
  if (!there) co_return std::unexpected(there.error());
  const Guard& guard = session.context.guard;
  const std::size_t open_files = request.recursive ? guard.files_of_transfer() : Guard::files_of_plain_transfer;
  auto make = [&](ServerTransfer& events) {
    std::vector<Source> sources;
    for (const RemotePath& path : request.sources) sources.push_back({session.storage, path});
    const SendOptions options{.recursive = request.recursive,
                              .md5 = request.md5,
                              .eager = std::min(request.eager, limits::block_data_bytes),
                              .streams = static_cast<std::uint32_t>(granted_streams(request.streams)),
                              .open_files = open_files,
                              .if_version = request.if_version,
                              .memory = &session.context.leaves};
    return std::make_shared<Sender>(session.executor, session.pools->disk, events, std::move(sources), options);
  };
  auto transfer = begin_transfer(session, TransferDirection::get, request.sources, open_files, make);
  if (!transfer) co_return std::unexpected(transfer.error());
  auto tickets = issue_tickets(session, *transfer, granted_streams(request.streams), request.plain, chosen->ticket());
  if (!tickets) co_return std::unexpected(std::move(tickets.error()));
  const TransferBegun begun{.tickets = std::move(*tickets), .targets = {}, .present = {}};
  co_return co_await until_ended(call, *transfer, begun);
}

net::Task<Result<BegunPut>> begin_put(ControlSession& session, const Put& request, std::string where) {
  if (auto may = permitted(session, request.targets.size(), request.plain, where + ".targets"); !may)
    co_return std::unexpected(may.error());
  if (auto fine = check_single(request, where); !fine) co_return std::unexpected(fine.error());
  auto resolved = co_await session.pools->disk.run([&] { return resolve_targets(*session.storage, request); });
  if (!resolved) co_return std::unexpected(resolved.error());
  std::shared_ptr<IdempotentUpload> job;
  if (!request.job.empty()) {
    auto begun = co_await session.pools->disk.run([&] { return begin_job(session, request.job); });
    if (!begun) co_return std::unexpected(begun.error());
    job = std::move(*begun);
  }
  const auto sweep = [&sweeps = session.context.partial_collector, home = session.user->home](
                         Storage& storage, const RemotePath& directory) { sweeps.sweep(storage, home, directory); };
  auto make = [&](ServerTransfer& transfer) {
    std::vector<Target> targets;
    for (const RemotePath& path : resolved->paths) targets.push_back({session.storage, path});
    const ReceiveOptions options{.overwrite = request.overwrite,
                                 .resume = request.resume,
                                 .md5 = request.md5,
                                 .if_version = request.if_version,
                                 .backup = request.backup.bytes,
                                 .owner = session.user->user,
                                 .recursive = !is_single(request),
                                 .keep_root = true,
                                 .on_stored = job ? job->on_stored() : OnStored(),
                                 .opened_in = sweep,
                                 .may_open_more = [&transfer](std::size_t open) { return transfer.count_files(open); }};
    return std::make_shared<Receiver>(session.executor, session.pools->disk, transfer, std::move(targets), options);
  };
  auto transfer = begin_transfer(session, TransferDirection::put, resolved->paths, files_of_upload, make);
  if (!transfer) co_return std::unexpected(transfer.error());
  co_await supersede(session, *transfer);
  co_return BegunPut{*transfer, std::move(*resolved)};
}

net::Task<Result<TransferReply>> put(ActiveRequest& call, const Put& request) {
  ControlSession& session = call.session;
  const auto chosen = ChosenTicket::parse(session, request.ticket);
  if (!chosen) co_return std::unexpected(chosen.error());
  auto begun = co_await begin_put(session, request, "params");
  if (!begun) co_return std::unexpected(begun.error());
  auto tickets =
      issue_tickets(session, begun->transfer, granted_streams(request.streams), request.plain, chosen->ticket());
  if (!tickets) co_return std::unexpected(std::move(tickets.error()));
  const TransferBegun told{.tickets = std::move(*tickets),
                           .targets = std::move(begun->targets.paths),
                           .present = std::move(begun->targets.present)};
  co_return co_await until_ended(call, begun->transfer, told);
}

net::Task<Result<Receipt>> receipt(ControlSession& session, const ReceiptOf& request) {
  const auto find = [&]() -> Result<Receipt> {
    auto job = IdempotentUpload::open(session.storage, session.user->user, request.job);
    if (!job) return std::unexpected(std::move(job.error()));
    if (const auto& receipt = (*job)->receipt()) return *receipt;
    if (!(*job)->admitted()) (*job)->forget();
    return fail(Code::not_found, request.job, "no such job was done");
  };
  co_return co_await session.pools->disk.run(find);
}

}  // namespace dftp::server::commands
