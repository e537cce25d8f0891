// What is different between files here and files on a server: by names, types, sizes and digests; no content is
// transferred.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "client/feeds.h"
#include "client/remote.h"
#include "proto/digest/md5.h"
#include "proto/wire/path_order.h"

namespace dftp::client {

enum class Differs { only_here, only_there, type, content, target };

struct Compared {
  std::uint64_t same = 0, different = 0, failed = 0;  // files, links and directories
};

struct DifferenceObserver {
  // `beneath` counts from what is compared; empty: that itself.
  std::function<void(const RemotePath& beneath, Differs how)> different;
  // One of several things could not be looked at.
  std::function<void(const Error& error)> failed;
};

// Compares two files, or with `recursive` two directories with all that is in them: modes and times do not count. Links
// are compared by their text; the two that are named are followed. Memory grows with the number of names. An error: it
// could not be done at all. Code::is_directory for directories without `recursive`.
class Comparison {
 public:
  Comparison(ServerHandle& session, DifferenceObserver observer)
      : session_(session), remote_(session), feeds_(session), observer_(std::move(observer)) {}

  net::Task<Result<Compared>> run(const std::filesystem::path& local, const RemotePath& remote, bool recursive);
  void stop() { feeds_.stop(); }

 private:
  struct Thing {
    FileType type = FileType::file;
    std::uint64_t size = 0;
  };
  struct Tree {
    std::map<std::string, Thing, TreeOrder> things;  // by relative(); what is in a directory comes right behind it
    std::set<std::string, std::less<>> unseen;       // what could not be looked at, with all that may be in it
    std::vector<Error> errors;

    bool knows(std::string_view name) const;
  };

  net::Task<Result<void>> compare_trees();
  net::Task<Result<Tree>> list_remote();
  Result<Tree> list_local() const;
  void compare_names(const Tree& here, const Tree& there);
  net::Task<Result<void>> compare_contents();
  net::Task<bool> work();
  net::Task<void> compare_batch(const std::vector<RemotePath>& paths);
  net::Task<void> compare_links(const std::vector<RemotePath>& paths);
  Result<Digest> hash_local(const RemotePath& beneath) const;
  void settle(const RemotePath& beneath, bool same, Differs how);
  void fail_one(const Error& error);

  ServerHandle& session_;
  Remote remote_;
  Feeds feeds_;
  const DifferenceObserver observer_;
  std::filesystem::path local_;
  RemotePath path_;
  Compared totals_;
  std::vector<RemotePath> files_, links_;  // still to be compared
  std::optional<Error> broken_;            // nothing more can be asked
};

}  // namespace dftp::client
