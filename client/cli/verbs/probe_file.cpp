#include "client/cli/verbs/probe_file.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>

#include "client/transient.h"
#include "proto/transfer/ticket.h"
#include "proto/wire/limits.h"

namespace dftp::cli {
namespace {

using Clock = std::chrono::steady_clock;

using Content = ProbeFile::Content;

// A local file of its own that goes away with it.
class Scratch {
 public:
  static Result<Scratch> make(std::size_t bytes, Content content) {
    std::error_code failed;
    const std::filesystem::path directory = std::filesystem::temp_directory_path(failed);
    if (failed) return fail_errno(failed.value(), directory.empty() ? "$TMPDIR" : directory.string());
    std::string name = directory / "dftp-doctor-XXXXXX";
    const int fd = ::mkstemp(name.data());
    if (fd < 0) return fail_errno(errno, name);
    Scratch scratch(std::move(name));
    std::mt19937_64 random(Clock::now().time_since_epoch().count());
    std::vector<std::uint64_t> block(64 * 1024);
    std::size_t done = 0;
    if (content == Content::hole && ::ftruncate(fd, static_cast<off_t>(bytes)) == 0) done = bytes;
    while (done < bytes) {
      std::ranges::generate(block, random);
      const std::size_t size = std::min(bytes - done, block.size() * sizeof(std::uint64_t));
      if (::write(fd, block.data(), size) != static_cast<ssize_t>(size)) {
        const int number = errno;
        ::close(fd);
        return fail_errno(number, scratch.name_);
      }
      done += size;
    }
    ::close(fd);
    return scratch;
  }
  ~Scratch() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  Scratch(Scratch&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  Scratch& operator=(Scratch&& other) noexcept {
    std::swap(name_, other.name_);
    return *this;
  }
  const std::string& name() const { return name_; }

 private:
  explicit Scratch(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

// Of one file, the first thing that went wrong.
class ProbeObserver final : public client::TransferObserver {
 public:
  void settled(const Item&, Outcome outcome, const std::optional<Error>& error, const std::optional<Proof>&) override {
    if (outcome == Outcome::failed && !error_) error_ = error;
  }
  Result<void> verdict(const Result<void>& ended) const {
    if (!ended) return ended;
    if (error_) return std::unexpected(*error_);
    return {};
  }

 private:
  std::optional<Error> error_;
};

}  // namespace

ProbeFile::ProbeFile(Context& context, RemotePath directory)
    : context_(context), directory_(std::move(directory)), name_(".dftp-doctor-" + random_hex(8)) {}

void ProbeFile::stop() {
  stopped_ = true;
  if (running_) running_->stop();
}

// `work` makes the transfer's coroutine: it is not to begin when it is stopped already.
net::Task<Result<net::Duration>> ProbeFile::timed(const std::function<Work(client::TransferRun&)>& work) {
  if (stopped_) co_return fail(Code::cancelled, {}, "interrupted");
  client::TransferOptions options;
  options.overwrite = Overwrite::always;
  options.resume = false;
  options.plain = context_.settings.plain_data;
  options.retries = 0;
  ProbeObserver watcher;
  client::TransferRun transfer(context_.session, watcher, options);
  running_ = &transfer;
  const auto begun = Clock::now();
  const auto ended = co_await work(transfer);
  const auto took = Clock::now() - begun;
  running_ = nullptr;
  if (auto fine = watcher.verdict(ended); !fine) co_return std::unexpected(fine.error());
  co_return took;
}

net::Task<Result<net::Duration>> ProbeFile::send(std::size_t bytes, Content content) {
  const auto to = path();
  if (!to) co_return std::unexpected(to.error());
  const auto scratch = co_await context_.session.pool().run([&] { return Scratch::make(bytes, content); });
  if (!scratch) co_return std::unexpected(scratch.error());
  const client::PutRequest job{{scratch->name()}, *to, false};
  const std::function<Work(client::TransferRun&)> put = [&](client::TransferRun& transfer) {
    return transfer.put(job);
  };
  begun_ = true;
  const auto took = co_await timed(put);
  cut_off_ = !took && (took.error().code == Code::cancelled || client::is_transient(took.error().code));
  co_return took;
}

net::Task<Result<net::Duration>> ProbeFile::fetch() {
  const auto from = path();
  if (!from) co_return std::unexpected(from.error());
  const auto scratch = co_await context_.session.pool().run([&] { return Scratch::make(0, Content::noise); });
  if (!scratch) co_return std::unexpected(scratch.error());
  const client::GetRequest job{{*from}, scratch->name(), false};
  const std::function<Work(client::TransferRun&)> get = [&](client::TransferRun& transfer) {
    return transfer.get(job);
  };
  co_return co_await timed(get);
}

net::Task<Result<bool>> ProbeFile::remove() {
  stopped_ = false;
  // What the server keeps of an upload that was cut off goes when another one takes its place, which small files do
  // not.
  if (cut_off_) {
    const auto replaced = co_await send(limits::block_data_bytes + 1, Content::hole);
    if (!replaced) co_return std::unexpected(replaced.error());
  }
  const auto hidden = path();
  if (!hidden) co_return std::unexpected(hidden.error());
  const auto removed = co_await context_.remote.remove(*hidden, false);
  if (removed) co_return true;
  if (removed.error().code == Code::not_found) co_return false;
  co_return std::unexpected(removed.error());
}

}  // namespace dftp::cli
