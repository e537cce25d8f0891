#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <set>

#include "proto/storage/umask.h"
#include "proto/transfer/directories.h"
#include "proto/transfer/read_through.h"
#include "proto/transfer/receive_state.h"
#include "proto/transfer/receiver.h"
#include "proto/transfer/target_directory.h"
#include "proto/wire/error_block.h"
#include "proto/wire/exception.h"
#include "proto/wire/time_ns.h"

namespace dftp {
namespace {

using Kind = Announcement::Kind;

Publish how_to_publish(const ReceiveState& file, const ReceiveOptions& options) {
  return {.mode = file.announcement.mode.value_or(new_file_mode()) & 0777,
          .mtime_ns = file.announcement.mtime,
          .replace = options.overwrite != Overwrite::never,
          .if_version = options.if_version,
          .backup = options.backup};
}

std::string utc_text(std::int64_t ns) {
  const std::time_t seconds = seconds_and_nanoseconds(ns).seconds;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc)};
}

// A time that cannot be told is never changed without a word.
Result<void> check_time(const ReceiveState& file, const Attributes& stored) {
  if (!is_beyond(file.announcement.mtime) || stored.inode == 0) return {};  // of a pipe
  return fail(Code::unsupported, file.path.absolute(), "is stored, but with the nearest time that can be told");
}

// Nor one that the file system does not keep, which is nobody's failure.
std::optional<Error> note_of_time(const ReceiveState& file, const Attributes& stored) {
  constexpr std::int64_t rounded = 2;  // by file systems of coarse times, in seconds
  constexpr std::int64_t always_kept_from = 315'532'800, always_kept_to = INT32_MAX;  // 1980: FAT; 2038: old ones
  if (stored.inode == 0) return std::nullopt;                                         // a pipe
  const std::int64_t wanted = seconds_and_nanoseconds(file.announcement.mtime).seconds;
  const std::int64_t got = seconds_and_nanoseconds(stored.mtime_ns).seconds;
  const bool kept = wanted >= always_kept_from && wanted < always_kept_to;
  if (kept || std::abs(wanted - got) <= rounded) return std::nullopt;
  return Error{Code::time_changed,
               {},
               file.path.absolute(),
               "is stored with " + utc_text(stored.mtime_ns) + ", the nearest time that the file system there keeps"};
}

Result<void> finish_directory(ReceiveState& end) {
  return end.filled ? end.filled->finish(end.announcement.mtime) : Result<void>();
}

// One file on its way through the steps of a commit.
struct Commit {
  std::shared_ptr<ReceiveState> file;
  Result<Proof> result = Proof();
  Attributes stored = {};
  std::optional<Error> note = {};

  template <class Step>
  void then(Step step) {
    if (!result) return;
    if (Result<void> done = caught(step); !done) result = std::unexpected(done.error());
  }
};

void publish(Commit& commit, const ReceiveOptions& options) {
  commit.then([&]() -> Result<void> {
    auto published = commit.file->partial->publish(how_to_publish(*commit.file, options));
    if (!published) return std::unexpected(published.error());
    commit.stored = *published;
    return {};
  });
}

// Every name that was made or moved becomes durable with its directory.
void sync_parents(std::vector<Commit>& commits) {
  std::map<std::pair<Storage*, std::string>, Result<void>> synced;
  for (auto& commit : commits) {
    const auto sync = [&](const RemotePath& directory) {
      const std::pair key(commit.file->storage.get(), directory.relative());
      auto known = synced.find(key);
      if (known == synced.end()) known = synced.emplace(key, commit.file->storage->sync_directory(directory)).first;
      commit.then([&] { return known->second; });
    };
    if (commit.file->item.kind == Kind::end) sync(commit.file->path);
    sync(commit.file->path.parent());
  }
}

void commit_all(std::vector<Commit>& commits, const ReceiveOptions& options) {
  const auto each_file = [&](auto step) {
    for (auto& commit : commits)
      if (commit.file->item.kind == Kind::file) commit.then([&] { return step(*commit.file); });
  };
  TargetDirectory directory(options);
  for (auto& commit : commits) {
    ReceiveState& file = *commit.file;
    if (file.item.kind == Kind::end) commit.then([&] { return finish_directory(file); });
    if (file.item.kind != Kind::file) continue;
    if (file.small()) commit.then([&] { return open_small(file, directory); });  // an empty one has had no data
    if (commit.result) commit.result = caught([&] { return prove(file, options); });
  }
  each_file([&](ReceiveState& file) { return file.partial->prepare(how_to_publish(file, options)); });
  each_file([](ReceiveState& file) { return file.partial->flush(); });
  for (auto& commit : commits)
    if (commit.file->item.kind == Kind::file) publish(commit, options);
  sync_parents(commits);
  for (auto& commit : commits) {
    if (commit.file->item.kind != Kind::file || !options.on_stored) continue;
    commit.then([&] { return options.on_stored(commit.file->path, *commit.result, commit.stored); });
  }
  for (auto& commit : commits) {
    if (commit.file->item.kind == Kind::file && commit.result) {
      commit.note = note_of_time(*commit.file, commit.stored);
      commit.then([&] { return check_time(*commit.file, commit.stored); });
    }
  }
}

}  // namespace

void Receiver::commit_when_whole(const File& file) {
  if (!file->committing && !file->settled && file->whole()) commit(file);
}

// Large files are committed each by itself, for that may take a while; small ones together.
void Receiver::commit(const File& file) {
  file->committing = true;
  if (file->small()) release_slot(*file);
  if (file->item.kind == Kind::file && !file->small()) {
    spawn(commit_large(file));
    return;
  }
  ready_.push_back(file);
  if (committing_) return;
  committing_ = true;
  spawn(commit_loop());
}

net::Task<void> Receiver::commit_loop() {
  auto self = shared_from_this();
  while (!ready_.empty() && !over()) {
    const auto count = std::min<std::size_t>(commit_batch, ready_.size());
    std::vector<File> batch(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count));
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(count));
    in_batch_ = count;
    co_await commit_together(std::move(batch));
    in_batch_ = 0;
    may_open_more();
  }
  committing_ = false;
}

net::Task<void> Receiver::commit_large(File file) {
  auto self = shared_from_this();
  auto read = co_await read_again(*file);
  if (over()) co_return;
  if (!read) {
    co_return committed(file, std::unexpected(read.error()), {});
  }
  std::vector<File> alone{file};
  co_await commit_together(std::move(alone));
}

// For digests that could not be had while the data came: too much of it was out of order.
net::Task<Result<void>> Receiver::read_again(ReceiveState& file) {
  const std::function<bool()> stop = [this, &file] { return over() || file.settled; };
  const auto size = *file.size;
  if (file.trusted == 0) file.own_root = file.tree.finish(size);
  if (file.trusted == 0 && !file.own_root) {
    auto root = co_await hash_root(pool_, *file.partial, size, stop);
    if (!root) co_return std::unexpected(root.error());
    file.own_root = *root;
  }
  if (!options_.md5 || file.hashed_bytes == size || file.partial->whole_md5()) co_return Result<void>();
  auto md5 = co_await hash_whole(pool_, *file.partial, size, stop);
  if (!md5) co_return std::unexpected(md5.error());
  file.own_md5 = *md5;
  co_return Result<void>();
}

net::Task<void> Receiver::commit_together(std::vector<File> files) {
  auto self = shared_from_this();
  std::vector<Commit> commits;
  for (auto& file : files) commits.push_back({std::move(file)});
  if (commits_++ == 0) committing_since_ = StallClock::Clock::now();
  co_await pool_.run([&] {
    commit_all(commits, options_);
    return true;
  });
  if (--commits_ == 0) committed_in_ += StallClock::Clock::now() - committing_since_;
  for (auto& commit : commits) committed(commit.file, std::move(commit.result), std::move(commit.note));
}

net::Duration Receiver::commit_time() const {
  return commits_ == 0 ? committed_in_ : committed_in_ + (StallClock::Clock::now() - committing_since_);
}

void Receiver::committed(const File& file, Result<Proof> result, std::optional<Error> note) {
  if (over() || file->settled) return;
  if (result) {
    if (note) note = named_here(std::move(*note), file->item, file->path, targets_[file->item.source].name);
    settle(file, Outcome::stored, note, file->item.kind == Kind::file ? std::optional(*result) : std::nullopt);
    return;
  }
  if (result.error().code != Code::integrity || file->asked_twice || file->trusted > 0) {
    fail_here(file, result.error());
    return;
  }
  // A block header was damaged on its way, so that good bytes went to a wrong place: compare everything once more.
  file->asked_twice = true;
  file->committing = file->asked_all = false;
  change_reserved(*file, [](IntervalSet& reserved) { reserved = {}; });
  file->verified = {};
  file->tree = {};
  file->root.reset();
  file->own_root.reset();
  file->own_md5.reset();
  file->hashed_bytes = UINT64_MAX;
  Basis all{*file->size, 0};
  spawn(ask_for(file, all));
}

void Receiver::release_slot(ReceiveState& file) {
  if (!file.has_slot) return;
  file.has_slot = false;
  --slots_used_;
  may_open_more();
  fill_slots();
}

// Nobody can go on with a pipe's partial: what was read from the pipe is gone.
net::Task<void> Receiver::drop_pipe(File file) {
  auto self = shared_from_this();
  co_await pool_.run([&] { return file->partial->discard(); });
}

void Receiver::fail_here(const File& file, Error error) {
  settle(file, Outcome::failed, named_here(std::move(error), file->item, file->path, targets_[file->item.source].name));
}

// What the sender says that it cannot send. Only in a tree may it leave something out without a failure.
void Receiver::settle_unsent(const File& file, const Error& why) {
  const bool special = why.code == Code::special_file && !file->item.path.is_root();
  settle(file, special ? Outcome::special : Outcome::failed, why);
}

void Receiver::settle(const File& file, Outcome outcome, const std::optional<Error>& error,
                      const std::optional<Proof>& proof) {
  if (file->settled) return;
  file->settled = true;
  file->dropped = true;
  if (outcome == Outcome::failed && file->pipe() && file->partial) spawn(drop_pipe(file));
  const auto number = file->item.number;
  if (error) {
    say(BlockType::error, number, 0, as_bytes(error_json(*error)));
  } else {
    say(outcome == Outcome::skipped ? BlockType::skip : BlockType::stored, number);
  }
  const bool told = !file->left_out && (file->item.kind != Kind::end || outcome == Outcome::failed);
  if (told) note_settled(file->item, outcome, error, proof);
  incoming_.erase(number);
  ranges_ -= file->reserved.size();
  asked_ -= file->asked.size();
  file->asked.clear();
  release_slot(*file);
  File end;
  if (file->item.kind == Kind::end) {
    end = directories_->close(file->item);
  } else if (file->item.kind != Kind::directory) {
    end = directories_->settled(file->item);
  }
  if (end) commit(end);
  wake();
  complete_when_settled();
}

}  // namespace dftp
