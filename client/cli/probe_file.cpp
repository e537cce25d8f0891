#include "client/cli/probe_file.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>

#include "client/transfers.h"
#include "proto/transfer/ticket.h"

namespace dftp::cli {
namespace {

using Clock = std::chrono::steady_clock;

// A local file of its own that goes away with it.
class Scratch {
 public:
  static Result<Scratch> make(std::size_t bytes) {
    std::string name = std::filesystem::temp_directory_path() / "dftp-doctor-XXXXXX";
    const int fd = ::mkstemp(name.data());
    if (fd < 0) return fail_errno(errno, name);
    Scratch scratch(std::move(name));
    std::mt19937_64 random(Clock::now().time_since_epoch().count());
    std::vector<std::uint64_t> block(64 * 1024);
    for (std::size_t done = 0; done < bytes;) {
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
  Scratch& operator=(Scratch&&) = delete;
  const std::string& name() const { return name_; }

 private:
  explicit Scratch(std::string name) : name_(std::move(name)) {}
  std::string name_;
};

// Of one file, the first thing that went wrong.
class Watcher final : public client::TransferObserver {
 public:
  void settled(const Item&, Outcome, const std::optional<Error>& error, const std::optional<Proof>&) override {
    if (error && !error_) error_ = error;
  }
  Result<void> verdict(const Result<void>& ended) const {
    if (!ended) return ended;
    if (error_) return std::unexpected(*error_);
    return {};
  }

 private:
  std::optional<Error> error_;
};

client::TransferOptions options_of(const Context& context) {
  client::TransferOptions options;
  options.overwrite = Overwrite::always;
  options.plain = context.settings.plain_data;
  options.retries = 0;
  return options;
}

}  // namespace

ProbeFile::ProbeFile(Context& context, RemotePath directory)
    : context_(context), directory_(std::move(directory)), name_(".dftp-doctor-" + random_hex(8)) {}

net::Task<Result<net::Duration>> ProbeFile::send(std::size_t bytes) {
  const auto to = path();
  if (!to) co_return std::unexpected(to.error());
  const auto scratch = co_await context_.session.pool().run([&] { return Scratch::make(bytes); });
  if (!scratch) co_return std::unexpected(scratch.error());
  Watcher watcher;
  client::Transfer transfer(context_.session, watcher, options_of(context_));
  const client::PutJob job{{scratch->name()}, *to, false};
  const auto begun = Clock::now();
  const auto ended = co_await transfer.put(job);
  const auto took = Clock::now() - begun;
  if (auto fine = watcher.verdict(ended); !fine) co_return std::unexpected(fine.error());
  co_return took;
}

net::Task<Result<net::Duration>> ProbeFile::fetch() {
  const auto from = path();
  if (!from) co_return std::unexpected(from.error());
  const auto scratch = co_await context_.session.pool().run([&] { return Scratch::make(0); });
  if (!scratch) co_return std::unexpected(scratch.error());
  Watcher watcher;
  client::Transfer transfer(context_.session, watcher, options_of(context_));
  const client::GetJob job{{*from}, scratch->name(), false};
  const auto begun = Clock::now();
  const auto ended = co_await transfer.get(job);
  const auto took = Clock::now() - begun;
  if (auto fine = watcher.verdict(ended); !fine) co_return std::unexpected(fine.error());
  co_return took;
}

net::Task<Result<bool>> ProbeFile::remove() {
  const auto hidden = path();
  if (!hidden) co_return std::unexpected(hidden.error());
  const auto removed = co_await context_.remote.remove(*hidden, false);
  if (removed) co_return true;
  if (removed.error().code == Code::not_found) co_return false;
  co_return std::unexpected(removed.error());
}

}  // namespace dftp::cli
