#include "server/session/uploads.h"

#include "server/session/server_transfer.h"

namespace dftp::server {
namespace {

using namespace std::chrono_literals;

// An engine that is stopped closes its connections within a second.
constexpr auto stop_limit = 3s;
constexpr auto look_again = 10ms;
constexpr std::size_t sweep_step = 256;

// Runs on the transfer's loop, so that it may be the one that lets go of it; and when somebody else just has, the files
// are closed by the time that this comes to run.
net::Task<void> end(std::weak_ptr<ServerTransfer> old) {
  if (auto transfer = old.lock()) {
    if (transfer->settled_all) co_return;
    transfer->stop({Code::cancelled, {}, {}, "the same client began this upload anew"});
  }
  const auto deadline = std::chrono::steady_clock::now() + stop_limit;
  while (!old.expired() && std::chrono::steady_clock::now() < deadline) co_await net::sleep_for(look_again);
}

}  // namespace

net::Task<void> Uploads::take_over(const Uploader& uploader, std::span<const RemotePath> targets,
                                   std::shared_ptr<ServerTransfer> transfer, net::Executor home) {
  if (uploader.instance.empty()) co_return;
  std::map<const ServerTransfer*, Running> older;
  {
    const std::lock_guard lock(mutex_);
    sweep();
    for (const RemotePath& target : targets) {
      Running& slot = running_[{uploader.user, uploader.instance, target.absolute()}];
      if (slot.identity && slot.identity != transfer.get()) older.emplace(slot.identity, slot);
      slot = {transfer, transfer.get(), home};
    }
  }
  for (const auto& [identity, running] : older) {
    auto ending = end(running.transfer);
    co_await net::run_on(running.home, std::move(ending));
  }
}

std::size_t Uploads::size() const {
  const std::lock_guard lock(mutex_);
  return running_.size();
}

// Now and then, when as many have come as were there the last time.
void Uploads::sweep() {
  if (running_.size() < sweep_at_) return;
  std::erase_if(running_, [](const auto& entry) { return entry.second.transfer.expired(); });
  sweep_at_ = 2 * running_.size() + sweep_step;
}

}  // namespace dftp::server
