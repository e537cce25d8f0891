// The names and attributes of the mounted tree: from what is known, or from the server. One function an operation of
// the kernel. Nodes are the kernel's. An Entry that is returned is held once for whoever gets it. Belongs to one loop.
#pragma once

#include "client/mount/mount_session.h"
#include "fuse/metadata_cache.h"
#include "fuse/open_ahead.h"
#include "fuse/unsynced.h"

namespace dftp::mount {

using net::Task;
using MaybeCaller = std::optional<fs::Caller>;

struct Entry {
  Node node = missing;  // `missing`: there is no such name
  fs::Attr attr;
  Clock::duration names_hold{}, attributes_hold{};
};

class Tree {
 public:
  Tree(client::MountSession& session, MetadataCache& cache) : session_(session), known_(cache) {}
  ~Tree() { *alive_ = false; }

  // `anew`: asks the server, whatever is known.
  Task<Result<Entry>> lookup(Node parent, std::string name, MaybeCaller as, bool anew = false);
  Task<Result<MetadataCache::Known>> getattr(Node node);
  Task<Result<MetadataCache::Known>> setattr(Node node, fs::Setattr request);
  Task<Result<void>> access(Node node, std::uint32_t mask, MaybeCaller as);
  Task<Result<std::string>> readlink(Node node, MaybeCaller as);

  Task<Result<Entry>> mkdir(Node parent, fs::Mkdir request);
  Task<Result<Entry>> mknod(Node parent, fs::Mknod request);
  Task<Result<Entry>> symlink(Node parent, fs::Symlink request);
  Task<Result<Entry>> link(Node node, Node parent, fs::Link request);
  Task<Result<void>> unlink(Node parent, fs::Unlink request);
  Task<Result<void>> rmdir(Node parent, fs::Rmdir request);
  Task<Result<void>> rename(Node parent, Node new_parent, fs::Rename request);

  Task<Result<std::string>> getxattr(Node node, std::string name, MaybeCaller as);
  Task<Result<std::string>> listxattr(Node node, MaybeCaller as);  // each name with a NUL behind it
  Task<Result<void>> setxattr(Node node, fs::Setxattr request);
  Task<Result<void>> removexattr(Node node, fs::Removexattr request);

  Task<Result<fs::StatfsReply>> statfs(Node node);

  // A page of a directory; its nodes are held once each for whoever gets it. Without a connection all that is known.
  Task<Result<fs::ReaddirReply>> readdir(Node directory, std::int64_t cookie, MaybeCaller as);
  void release_page(const std::vector<Node>& nodes);

  // What a kernel's node is at the server now. After the server has lost a mount it is found again by its name.
  struct Remote {
    std::uint64_t id, epoch;
  };
  Task<Result<Remote>> remote(Node node);

  // Sends a request with the ids of these nodes in these members; again, when the server has lost the mount meanwhile.
  template <class Request>
  struct Target {
    Node node;
    std::uint64_t Request::* member;
  };
  template <class Request>
  Task<Result<client::ReplyTo<Request>>> call(
      Request request, Target<Request> first, Target<Request> second = {missing, nullptr},
      client::MountSession::WaitLimit wait_limit = client::MountSession::WaitLimit::usual);

  // The node as the kernel is to know it, with what was told about it.
  Entry adopt(Node parent, const std::string& name, std::uint64_t node, const fs::Attr& attr, std::uint64_t at,
              bool watched);
  // `own`: this mount has changed it.
  Clock::duration adopt_attr(Node node, const fs::Attr& attr, std::uint64_t at, bool watched, bool own = false);
  // This mount has changed it.
  Clock::duration adopt_own(Node node, const fs::Attr& attr, std::uint64_t at, bool watched);
  // Gives back to the server what nobody holds any more. To be called now and then.
  void give_back();
  // The mount is a new one.
  void replaced();

  MetadataCache& known() { return known_; }
  Unsynced& unsynced() { return unsynced_; }
  OpenAhead& ahead() { return ahead_; }
  OpenAhead& directories_ahead() { return directories_ahead_; }
  // Awaited when a name of this node was taken away, before the caller hears of it.
  std::function<Task<void>(Node node)> on_removed;
  client::MountSession& session() { return session_; }

 private:
  Task<Result<Entry>> entry_of(Node parent, std::string name, Result<fs::EntryReply> reply);
  std::optional<fs::StatfsReply> remembered_space(Node node);
  Task<void> adopt_removed(Node parent, std::string name, fs::RemovedReply reply);
  static Task<void> refresh(std::shared_ptr<bool> alive, Tree* tree, Node directory);
  static Task<void> list(std::shared_ptr<bool> alive, Tree* tree, Node directory, MaybeCaller as);
  static Task<void> send_forget(client::MountSession* session, fs::Forget request);

  client::MountSession& session_;
  MetadataCache& known_;
  std::unordered_map<Node, Remote> moved_;  // nodes of epochs before, where they are now
  OpenAhead ahead_, directories_ahead_;
  Unsynced unsynced_;
  struct KnownSpace {
    fs::StatfsReply space;
    Clock::time_point until;
  };
  static constexpr std::size_t max_spaces = 256;
  Lru<Node, KnownSpace> spaces_{max_spaces};
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

template <class Request>
Task<Result<client::ReplyTo<Request>>> Tree::call(Request request, Target<Request> first, Target<Request> second,
                                                  client::MountSession::WaitLimit wait_limit) {
  while (true) {
    const auto one = co_await remote(first.node);
    if (!one) co_return std::unexpected(one.error());
    request.*first.member = one->id;
    if (second.member) {
      const auto other = co_await remote(second.node);
      if (!other) co_return std::unexpected(other.error());
      if (other->epoch != one->epoch) continue;
      request.*second.member = other->id;
    }
    auto reply = co_await session_.call(request, one->epoch, wait_limit);
    if (reply || !client::is_stale(reply.error()) || session_.epoch() == one->epoch) co_return reply;
  }
}

}  // namespace dftp::mount
