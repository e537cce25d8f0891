#include "server/session/uploads.h"

#include <vector>

#include "server/session/transfer.h"

namespace dftp {
namespace {

using namespace std::chrono_literals;

// An engine that is stopped closes its connections within a second.
constexpr auto patience = 3s;
constexpr auto look_again = 10ms;

// Runs on the transfer's loop, so that it may be the one that lets go of it.
net::Task<void> end(std::weak_ptr<Transfer> old) {
  if (auto transfer = old.lock()) transfer->stop({Code::cancelled, {}, {}, "the same client began this upload anew"});
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!old.expired() && std::chrono::steady_clock::now() < deadline) co_await net::sleep_for(look_again);
}

}  // namespace

net::Task<void> Uploads::take_over(const Uploader& uploader, std::span<const RemotePath> targets,
                                   std::shared_ptr<Transfer> transfer, net::Executor home) {
  if (uploader.instance.empty()) co_return;
  std::vector<Running> older;
  {
    const std::lock_guard lock(mutex_);
    for (const RemotePath& target : targets) {
      Running& slot = running_[{uploader.user, uploader.instance, target.absolute()}];
      if (slot.identity && slot.identity != transfer.get()) older.push_back(slot);
      slot = {transfer, transfer.get(), home};
    }
  }
  for (const Running& running : older) {
    auto ending = end(running.transfer);
    co_await net::run_on(running.home, std::move(ending));
  }
}

void Uploads::forget(const Uploader& uploader, std::span<const RemotePath> targets, const Transfer& transfer) {
  const std::lock_guard lock(mutex_);
  for (const RemotePath& target : targets) {
    const auto found = running_.find({uploader.user, uploader.instance, target.absolute()});
    if (found != running_.end() && found->second.identity == &transfer) running_.erase(found);
  }
}

}  // namespace dftp
