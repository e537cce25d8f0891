#include "fuse/filesystem.h"

#include <cerrno>

namespace dftp::mount {
namespace {

using namespace std::chrono_literals;

constexpr auto sweep_every = 1s;
constexpr std::uint64_t mebibyte = 1024 * 1024;

}  // namespace

Filesystem::Filesystem(net::Executor executor, net::DiskPool& pool, const MountOptions& options, client::MountPlan plan,
                       Notifier& notifier)
    : options_(options),
      root_(plan.path),
      session_(executor, pool, std::move(plan), *this),
      cache_(Lifetimes(options), notifier, options.nodes),
      tree_(session_, cache_),
      files_(tree_, options.memory * mebibyte),
      list_ahead_(tree_) {
  if (options_.nocto) files_.trust_what_is_known();
  notifier.on_data = [this](Node node) { files_.forget_read(node); };
  notifier.on_attributes = [this](Node node) { files_.unpark(node); };
  cache_.is_open = [this](Node node) { return files_.is_open(node); };
  tree_.on_removed = [this](Node node) { return files_.removed(node); };
}

Filesystem::~Filesystem() {
  *alive_ = false;
}

Task<Result<void>> Filesystem::open() {
  const auto granted = co_await session_.open();
  if (!granted) co_return std::unexpected(granted.error());
  cache_.store(root_node, granted->attr, granted->at, false);
  net::spawn(session_.executor(), sweep(alive_, this));
  co_return Result<void>();
}

Task<bool> Filesystem::close() {
  const bool whole = co_await files_.settle_all();
  co_await session_.finish();
  co_return whole;
}

Task<void> Filesystem::sweep(std::shared_ptr<bool> alive, Filesystem* self) {
  while (*alive) {
    self->tree_.give_back();
    self->files_.sweep();
    self->list_ahead_.sweep();
    co_await net::sleep_for(sweep_every);
  }
}

void Filesystem::changed(const fs::Changed& event) {
  for (const fs::Change& change : event.changes) cache_.changed(change, event.number, session_.epoch());
}

void Filesystem::missed(std::uint64_t number) {
  cache_.forget_all(number);
}

void Filesystem::replaced(std::uint64_t) {
  tree_.replaced();
}

Task<Result<std::string>> Filesystem::md5(Node node) {
  co_await files_.settle(node);
  const auto names = cache_.nodes().path(node);
  if (!names) co_return fail_errno(ENODATA, {});
  RemotePath path = root_;
  for (const std::string& name : *names) {
    auto child = path.child(name);
    if (!child) co_return std::unexpected(child.error());
    path = std::move(*child);
  }
  const Md5Of request{path};
  const auto reply = co_await session_.ask(request);
  if (!reply) co_return std::unexpected(reply.error());
  co_return reply->md5;
}

std::string Filesystem::status() const {
  const auto number = [](auto value) { return json::Value(static_cast<std::int64_t>(value)); };
  auto& self = const_cast<Filesystem&>(*this);
  json::Object object{
      {"source", options_.source.text()},
      {"directory", options_.directory},
      {"connected", session_.connected()},
      {"round_trip_us", number(session_.round_trip() / 1us)},
      {"data_connections", number(session_.data().connections())},
      {"requests_waiting", number(session_.data().waiting())},
      {"bytes_read", number(session_.data().bytes_in())},
      {"bytes_written", number(session_.data().bytes_out())},
      {"bytes_not_yet_written", number(files_.unwritten())},
      {"bytes_read_ahead", number(files_.read_ahead())},
      {"open_files", number(files_.handles())},
      {"nodes", number(self.cache_.nodes().size())},
      {"names_cached", number(self.cache_.names().size())},
      {"attributes_cached", number(cache_.attributes_known())},
      {"mounts_lost_by_server", number(session_.epoch())},
  };
  if (session_.trouble()) object.emplace_back("trouble", describe(*session_.trouble()));
  return json::write(object);
}

}  // namespace dftp::mount
