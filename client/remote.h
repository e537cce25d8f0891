// The server's files, and who else is there: one function a command. What only looks is asked again, once, when the
// connection was lost meanwhile (client/commands.h); what changes something is not, since nobody knows whether it was
// done: Code::disconnected then. Replies are checked: names are names, columns have one length, pages go forward;
// Code::protocol otherwise. Arguments by reference must live until the task has ended.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/server_handle.h"
#include "proto/wire/time_ns.h"

namespace dftp::client {

struct RemoteEntry {
  std::string name;
  FileType type = FileType::file;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint32_t mode = 0;
};

class Remote;

// The pages of one directory. Keep the Remote alive.
class RemoteListing {
 public:
  // The next entries, sorted by their bytes; empty at the end.
  net::Task<Result<std::vector<RemoteEntry>>> next();

 private:
  friend class Remote;
  RemoteListing(Remote& remote, RemotePath path, std::string after)
      : remote_(&remote), request_{std::move(path), Name{std::move(after)}, 0} {}

  Remote* remote_;
  List request_;
  bool more_ = true;
};

class Remote {
 public:
  explicit Remote(ServerHandle session) : session_(std::move(session)) {}
  // For changes in a tree: their names are found from its directory, and through no link in it.
  Remote in(RemotePath tree) const {
    Remote narrowed = *this;
    narrowed.within_ = std::move(tree);
    return narrowed;
  }

  net::Task<Result<EchoReply>> echo(const std::string& text);
  // To everybody, or to one user: to how many sessions.
  net::Task<Result<std::uint64_t>> say(const std::string& text, const std::string& user);
  // Everybody who is logged in, by their sessions' numbers.
  net::Task<Result<std::vector<SessionInfo>>> sessions();

  // The names of what this user may run there.
  net::Task<Result<std::vector<std::string>>> commands();

  // Of the names behind `after`.
  RemoteListing list(const RemotePath& path, std::string after = {}) { return {*this, path, std::move(after)}; }
  net::Task<Result<StatReply>> stat(const RemotePath& path, bool follow = true);
  net::Task<Result<std::string>> read_link(const RemotePath& path);
  net::Task<Result<StatFsReply>> space(const RemotePath& path);
  // Of a directory that one may write to.
  net::Task<Result<KeptTimes>> kept_times(const RemotePath& path);
  // No limit in time: the server reads the whole file.
  net::Task<Result<Md5Reply>> md5(const RemotePath& path);

  net::Task<Result<void>> make_directory(const RemotePath& path, bool parents);
  // What went, and what of a directory stays. No limit in time.
  net::Task<Result<RemoveReply>> remove(const RemotePath& path, bool recursive);
  net::Task<Result<void>> rename(const RemotePath& from, const RemotePath& to, bool replace = true);
  net::Task<Result<void>> make_symlink(const std::string& target, const RemotePath& path);
  // What a job has stored; Code::not_found before that, Code::busy while it runs.
  net::Task<Result<Receipt>> receipt(const std::string& job);
  // An empty directory.
  net::Task<Result<void>> remove_directory(const RemotePath& path);
  net::Task<Result<void>> set_mtime(const RemotePath& path, std::int64_t mtime_ns);
  net::Task<Result<void>> set_mode(const RemotePath& path, std::uint32_t mode);
  net::Task<Result<void>> touch(const RemotePath& path, bool create);
  // Roots of at most limits::sources_per_request files. No limit in time.
  net::Task<Result<RootsReply>> roots(const std::vector<RemotePath>& paths);

 private:
  friend class RemoteListing;
  template <class Request>
  net::Task<Result<ReplyTo<Request>>> call(const Request& request, net::Duration limit = {});

  ServerHandle session_;
  std::optional<RemotePath> within_;
};

}  // namespace dftp::client
