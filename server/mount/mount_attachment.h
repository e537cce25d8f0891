// A session's hold on its mount: events go to the session, data connections come through it.
#pragma once

#include <set>

#include "proto/transfer/ticket.h"
#include "server/mount/data_connection.h"
#include "server/mount/mounts.h"
#include "server/session/data_service.h"
#include "server/session/session_part.h"

namespace dftp::server {

struct ControlSession;
struct ServerContext;

// Lives on the session's loop.
class MountAttachment final : public MountHolder,
                              public DataService,
                              public SessionPart,
                              public std::enable_shared_from_this<MountAttachment> {
 public:
  explicit MountAttachment(ControlSession& session);

  // From now on it is this one's. `seen`: the last event that the client has had. False when later ones are lost.
  bool begin(std::shared_ptr<MountState> state, std::uint64_t seen);
  const std::shared_ptr<MountState>& state() const { return state_; }
  // By which the locks of the mount know its session.
  const void* holder() const { return static_cast<const MountHolder*>(this); }
  // What has happened so far goes out before what is answered next: who asks hears no less than the answer has seen.
  void before_answer() override;
  // The session ends, or the mount does: the data connections are closed, no more events come, the grace begins.
  void leave();
  void end(const Error&) override { leave(); }
  net::Task<void> close(bool revoked) override;

  std::vector<std::string> issue_tickets(std::size_t count, bool plain);
  net::Task<void> attach(std::unique_ptr<net::Stream> stream, bool lead) override;
  net::Task<void> taken_over() override;

  // As long as it lives, a request that changes something is carried out, or the mount is being taken over.
  class Work {
   public:
    explicit Work(std::shared_ptr<MountAttachment> session) : session_(std::move(session)) { ++session_->works_; }
    ~Work() {
      --session_->works_;
      session_->fewer_.notify_all();
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

   private:
    const std::shared_ptr<MountAttachment> session_;
  };

 private:
  net::Task<void> deliver(std::shared_ptr<MountAttachment> self);
  net::Task<void> stop(std::shared_ptr<MountAttachment> self);

  ControlSession* session_;  // nullptr after leave()
  ServerContext& context_;
  net::DiskPool& disk_;
  const net::Executor executor_;
  std::shared_ptr<MountState> state_;
  std::uint64_t listener_ = 0;
  std::deque<Ticket> tickets_;  // the last ones
  std::set<std::shared_ptr<DataConnection>> connections_;
  std::size_t works_ = 0;
  net::Signal fewer_;  // works or connections
};

}  // namespace dftp::server
