// The mounted file system without the kernel: the parts, and what happens to them when the server says something.
// Belongs to one loop.
#pragma once

#include "fuse/files.h"
#include "fuse/list_ahead.h"
#include "fuse/looks_anew.h"
#include "fuse/notifier.h"

namespace dftp::mount {

class Filesystem final : public client::MountObserver {
 public:
  Filesystem(net::Executor executor, net::DiskPool& pool, const MountOptions& options, client::MountPlan plan,
             Notifier& notifier);
  ~Filesystem() override;

  // Connects, logs in, and looks at the root. One attempt.
  Task<Result<void>> open();
  // Brings what is written to the server, for as long as it takes but no longer than operations may, and ends the mount
  // there. False: something was lost.
  Task<bool> close();

  void changed(const fs::Changed& event) override;
  void missed(std::uint64_t number) override;
  void rebooted(Clock::time_point heard) override { tree_.unsynced().rebooted(heard); }
  void replaced(std::uint64_t epoch) override;

  // The MD5 of a file's content, by the server, in hexadecimal.
  Task<Result<std::string>> md5(Node node);
  // What the mount is doing, as JSON.
  std::string status() const;

  const MountOptions& options() const { return options_; }
  client::MountSession& session() { return session_; }
  Tree& tree() { return tree_; }
  Files& files() { return files_; }
  ListAhead& list_ahead() { return list_ahead_; }
  LooksAnew& looks_anew() { return looks_anew_; }

 private:
  static Task<void> sweep(std::shared_ptr<bool> alive, Filesystem* self);

  const MountOptions options_;
  const RemotePath root_;
  client::MountSession session_;
  MetadataCache cache_;
  Tree tree_;
  Files files_;
  ListAhead list_ahead_;
  LooksAnew looks_anew_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dftp::mount
