// tail, watch.
#include <fcntl.h>

#include "server/commands/handlers.h"
#include "server/session/home_storages.h"
#include "server/session/user_pools.h"
#include "server/watch/tailed_file.h"
#include "server/watch/tree_watch.h"
#include "server/watch/watches.h"

namespace dftp::server::commands {
namespace {

using namespace std::chrono_literals;

// What no inotify tells, as on network file systems, is seen after this time.
constexpr auto look_again = 1s;

// Rings when anything happens.
class Bell final : public Watcher, public std::enable_shared_from_this<Bell> {
 public:
  Bell(Watches& watches, std::shared_ptr<const Account> payer, RootDirectory home, std::function<void()> ring)
      : watches_(watches), payer_(std::move(payer)), home_(std::move(home)), ring_(std::move(ring)) {}
  ~Bell() override { watches_.forget(this); }

  // Blocks. What cannot be watched is looked at from time to time.
  void watch(const RemotePath& path) {
    auto opened = home_.open(path, O_PATH);
    const auto looked = opened ? stat_at(opened->number()) : std::unexpected(opened.error());
    if (looked) watches_.watch(shared_from_this(), looked->key, opened->number(), payer_);
  }
  bool changed(const LocalChange&, bool) override {
    ring_();
    return false;
  }
  void unwatched(const FileKey&) override {}
  void missed() override { ring_(); }

 private:
  Watches& watches_;
  const std::shared_ptr<const Account> payer_;
  const RootDirectory home_;
  const std::function<void()> ring_;
};

net::Task<void> watch_file(ControlSession& session, Bell& bell, const RemotePath& path) {
  co_await session.pools->disk.run([&] {
    bell.watch(path);
    return true;
  });
}

net::Task<Result<void>> find_lines(ActiveRequest& call, TailedFile& file) {
  net::DiskPool& disk = call.session.pools->disk;
  auto found = co_await disk.run([&]() -> Result<bool> {
    if (auto opened = file.open(); !opened) return std::unexpected(std::move(opened.error()));
    return file.find_lines();
  });
  while (found && !*found) {
    if (auto goes_on = call.running(); !goes_on) co_return goes_on;
    found = co_await disk.run([&] { return file.find_lines(); });
  }
  if (!found) co_return std::unexpected(std::move(found.error()));
  co_return Result<void>();
}

}  // namespace

net::Task<Result<Empty>> tail(ActiveRequest& call, const Tail& request) {
  ControlSession& session = call.session;
  if (auto feed = call.take_feed(); !feed) co_return std::unexpected(std::move(feed.error()));
  TailedFile file(*session.storage, request);
  std::shared_ptr<Bell> bell;
  if (request.follow) {
    auto home =
        co_await session.pools->disk.run([&] { return session.context.home_storages.directory(session.user->home); });
    if (!home) co_return std::unexpected(std::move(home.error()));
    bell = std::make_shared<Bell>(session.context.watches, session.account, std::move(*home), call.waker());
    const RemotePath directory = request.path.parent();
    co_await watch_file(session, *bell, directory);
    co_await watch_file(session, *bell, request.path);
  }
  auto ready = co_await find_lines(call, file);
  while (ready) {
    auto part = co_await session.pools->disk.run([&] { return file.next(); });
    if (!part) co_return std::unexpected(std::move(part.error()));
    if (*part) {
      ready = co_await call.push(**part);
      if (bell && (*part)->what == Tailed::What::replaced) co_await watch_file(session, *bell, request.path);
      continue;
    }
    if (!request.follow) co_return Empty{};
    co_await call.wait_for(look_again);
    ready = call.running();
  }
  co_return std::unexpected(std::move(ready.error()));
}

net::Task<Result<Empty>> watch(ActiveRequest& call, const Watch& request) {
  ControlSession& session = call.session;
  if (auto feed = call.take_feed(); !feed) co_return std::unexpected(std::move(feed.error()));
  auto home =
      co_await session.pools->disk.run([&] { return session.context.home_storages.directory(session.user->home); });
  if (!home) co_return std::unexpected(std::move(home.error()));
  const auto watching = std::make_shared<TreeWatch>(session.context.watches, session.account, std::move(*home),
                                                    session.storage, request, call.waker());
  auto goes_on = co_await session.pools->disk.run([&] { return watching->begin(); });
  const Changes begun;
  if (goes_on) goes_on = co_await call.push(begun);
  while (goes_on) {
    auto changes = co_await session.pools->disk.run([&] { return watching->take(); });
    if (!changes) co_return std::unexpected(std::move(changes.error()));
    if (!changes->paths.empty() || changes->missed) {
      goes_on = co_await call.push(*changes);
      continue;
    }
    co_await call.wait_for(look_again);
    goes_on = call.running();
  }
  co_return std::unexpected(std::move(goes_on.error()));
}

}  // namespace dftp::server::commands
