// Handles that nobody has: those that programs have closed, which are often opened again, and those that were opened
// ahead of programs.
#include <algorithm>

#include "fuse/files_detail.h"
#include "proto/wire/limits.h"

namespace dftp::mount {
namespace {

// A server that answers at all. They are closed later by one that has gone: a removal need not wait for that.
constexpr Clock::duration closes_within = std::chrono::seconds(10);

}  // namespace

bool Files::may_park(const Handle& handle) const {
  return trusts_ && !handle.writes() && !handle.executes() && !(handle.flags & O_DIRECT) && !handle.locked &&
         handle.epoch == session_.epoch();
}

void Files::park(const HandlePointer& handle) {
  const auto parked = std::make_shared<Parked>(session_.executor());
  parked->reply.handle = handle->remote;
  parked->reply.attr.inode = handle->file->inode;
  parked->reply.attr.size = handle->file->remote_size;
  parked->reply.data.bytes = std::move(handle->first);
  parked->epoch = handle->epoch;
  parked->as = std::move(handle->as);
  parked->ready = parked->same = true;
  unpark(handle->file->node);
  parked_.put(handle->file->node, parked);
}

void Files::unpark(Node node) {
  parked_.erase(node);
}

// Dropped from the list: by its age, for another one, or because it does not hold any more.
void Files::dropped(Node node, const ParkedPointer& parked) {
  parked->dropped = true;
  if (!parked->ready || parked->taken) return;
  const auto closing = std::make_shared<Closing>(closing_, node);
  net::spawn(session_.executor(), let_go(&session_, parked->reply.handle, parked->epoch, closing));
}

Task<void> Files::removed(Node node) {
  unpark(node);
  const auto closing = closing_;
  const auto until = Clock::now() + closes_within;
  while (closing->handles.contains(node) && Clock::now() < until) co_await closing->fewer.wait_for(closes_within);
}

Task<void> Files::let_go(client::MountSession* session, std::uint64_t handle, std::uint64_t epoch,
                         std::shared_ptr<Closing>) {
  fs::Release request;
  request.handle = handle;
  (void)co_await session->call(request, epoch, client::MountSession::WaitLimit::lifelong);
}

Task<Files::ParkedPointer> Files::take_parked(Node node, MaybeCaller as) {
  const ParkedPointer* found = parked_.find(node);
  if (!found) co_return nullptr;
  const ParkedPointer parked = *found;
  while (!parked->ready && !parked->dropped) co_await parked->arrived.wait();
  // What is known of the file must still hold; somebody else may have been quicker.
  const bool holds = !parked->dropped && !parked->taken && parked->epoch == session_.epoch() && parked->as == as &&
                     tree_.known().attributes(node, false);
  if (!holds) co_return nullptr;
  parked->taken = true;
  parked_.erase(node);
  co_return parked;
}

void Files::open_ahead(Node node, const MaybeCaller& as) {
  const auto place = tree_.known().nodes().place(node);
  if (!place) return;
  for (const Node next : tree_.ahead().next(place->parent, node)) {
    const auto known = tree_.known().attributes(next, false);
    if (!known || known->attr.size > limits::mount_inline_bytes || parked_.find(next) || files_.contains(next))
      continue;
    const auto parked = std::make_shared<Parked>(session_.executor());
    parked->as = as;
    parked_.put(next, parked);
    net::spawn(session_.executor(), open_parked(this, next, parked, known->attr));
  }
}

Task<void> Files::open_parked(Files* files, Node node, ParkedPointer parked, fs::Attr before) {
  const Closing closing(files->closing_, node);
  fs::Open request;
  request.access = fs::Access::read;
  request.first = limits::mount_inline_bytes;
  request.as = parked->as;
  const std::uint64_t writes = files->writes_to(node);
  auto reply = co_await files->tree_.call(request, {node, &fs::Open::node});
  parked->epoch = files->session_.epoch();
  if (reply) {
    parked->reply = std::move(*reply);
    parked->ready = true;
    parked->same = before.size == parked->reply.attr.size && before.mtime == parked->reply.attr.mtime;
    if (writes != files->writes_to(node)) parked->reply.data.bytes.clear();
    files->tree_.adopt_attr(node, parked->reply.attr, parked->reply.at, parked->reply.watched);
  }
  if (!reply && !parked->dropped) files->parked_.erase(node);
  if (reply && parked->dropped) files->dropped(node, parked);
  parked->arrived.notify_all();
}

}  // namespace dftp::mount
