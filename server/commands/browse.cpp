// list, stat, readlink, statfs.
#include "server/commands/handlers.h"
#include "server/commands/page.h"
#include "server/session/partial_collector.h"
#include "server/session/user_pools.h"

namespace dftp::server::commands {

net::Task<Result<ListReply>> list(ControlSession& session, const List& request) {
  Storage& storage = *session.storage;
  co_return co_await session.pools->disk.run([&] {
    if (request.after.empty() && session.user->write)
      session.context.partial_collector.sweep(storage, session.user->home, request.path);
    return read_page(storage, request);
  });
}

Result<StatReply> stat(Storage& storage, const Stat& request) {
  auto found = storage.stat(request.path, request.follow ? Links::follow : Links::keep);
  if (!found) return std::unexpected(found.error());
  return StatReply{.type = found->type,
                   .size = found->size,
                   .mtime = found->mtime_ns,
                   .mode = found->mode,
                   .links = found->links,
                   .allocated = found->allocated,
                   .version = version_of(*found)};
}

Result<ReadLinkReply> read_link(Storage& storage, const ReadLink& request) {
  auto target = storage.read_link(request.path);
  if (!target) return std::unexpected(target.error());
  return ReadLinkReply{{std::move(*target)}};
}

Result<StatFsReply> space(Storage& storage, const StatFs& request) {
  auto space = storage.space(request.path);
  if (!space) return std::unexpected(space.error());
  return StatFsReply{space->total, space->free, space->available, space->files, space->files_free};
}

Result<KeptTimesReply> kept_times(Storage& storage, const KeptTimesOf& request) {
  const auto times = storage.kept_times(request.path);
  if (!times) return std::unexpected(times.error());
  return KeptTimesReply{times->first, times->last, times->step};
}

}  // namespace dftp::server::commands
