// The receiving end of a transfer: decides what it needs of what is announced, verifies every leaf on arrival, asks
// again for what was damaged, and commits whole files. docs/protocol/transfers.md.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "proto/storage/storage.h"
#include "proto/transfer/engine.h"
#include "proto/transfer/modes.h"

namespace dftp {

struct Target {
  std::shared_ptr<Storage> storage;
  RemotePath path;        // of the source itself; what is beneath it goes beneath this
  std::string name = {};  // what people at this end call it, for errors; empty: `path`
};

struct ReceiveOptions {
  Overwrite overwrite = Overwrite::changed;
  bool resume = true;                        // false: what an earlier attempt left is thrown away
  bool md5 = false;                          // `done` brings the whole MD5: compare it
  std::string if_version = {}, backup = {};  // of each file, as Publish says
  std::string owner;                         // whose partials these are
  bool recursive = true;                     // false: each source is a file, and nothing else is accepted
  bool keep_root = false;  // the root of a target's storage is not the sender's: it keeps its mode and time
  Modes modes = Modes::files;
  std::uint32_t umask = 0;  // bits that nothing gets which is made here
  // What is wanted of what is announced beneath a target; the rest is skipped, and no event tells of it. Called on the
  // loop. Empty: everything.
  std::function<bool(const RemotePath& beneath)> only = {};
  // Called on the pool when a file is durable under its name, before the sender hears of it; an error is the file's.
  std::function<Result<void>(const RemotePath& path, const Proof& proof, const Attributes& stored)> on_stored = {};
  // Called on the pool, several at a time, when partials have been opened in `directory`.
  std::function<void(Storage&, const RemotePath& directory)> opened_in = {};
  // Told on the loop how many files are open, two descriptors each. False: it shall do with few. Empty: never told.
  std::function<bool(std::size_t files)> may_open_more = {};
};

struct ReceivedBlock;
struct Basis;
struct ReceiveState;
class IntervalSet;
class TargetTree;
class BlockBatch;
class Directories;

class Receiver final : public Engine {
 public:
  Receiver(net::Executor executor, net::DiskPool& pool, TransferEvents& events, std::vector<Target> targets,
           const ReceiveOptions& options);
  ~Receiver() override;

 protected:
  net::Task<Result<void>> read_blocks(net::Stream& stream, bool lead) override;
  net::Task<Result<void>> write_blocks(net::Stream& stream, bool lead) override;

 private:
  using File = std::shared_ptr<ReceiveState>;
  // Small files that get their names together: the disk commits them in one go.
  static constexpr std::size_t commit_batch = 128;
  // What it goes on with when no more may be open.
  static constexpr std::size_t few_files = 8;

  // receiver.cpp: what the sender says.
  net::Task<Result<void>> process(const BlockBatch& batch, bool lead, net::Duration& hashing);
  net::Task<Result<void>> wait_for_announcements(const BlockBatch& batch);
  Result<void> resolve(ReceivedBlock& arrival);
  Result<void> accept(ReceivedBlock& arrival);
  bool asked_for(const ReceiveState& file);
  Result<void> check_done(ReceiveState& file, const BlockHeader& header, Bytes payload);
  Result<void> reserve_range(ReceivedBlock& arrival);
  Result<void> apply(ReceivedBlock& arrival);
  Result<void> apply_decision(ReceivedBlock& arrival);
  Result<void> apply_data(ReceivedBlock& arrival);
  Result<void> apply_same(ReceivedBlock& arrival);
  Result<void> apply_zero(ReceivedBlock& arrival);
  Result<void> apply_done(ReceivedBlock& arrival);
  void note_damaged_basis(ReceiveState& file, std::uint64_t offset, std::uint64_t length);
  void verified(ReceiveState& file, std::uint64_t offset, std::uint64_t length);
  void ask_again(const File& file, std::uint64_t offset, std::uint64_t length);
  void complete_when_settled();
  // Changes what of a file has come, and keeps count of the ranges that are remembered.
  void change_reserved(ReceiveState& file, const std::function<void(IntervalSet&)>& change);

  // receiver_ask.cpp: what is said to it.
  void say(BlockType type, std::uint64_t file, std::uint64_t offset = 0, Bytes payload = {}, std::uint8_t flags = 0);
  void want(ReceiveState& file, std::uint64_t offset, std::uint64_t length, bool last,
            const std::vector<Digest>& digests = {});
  void fill_slots();
  void release_slot(ReceiveState& file);
  bool take_slot_at_once(ReceiveState& file);
  bool may_open_more() const;
  net::Task<void> begin_large(File file);
  net::Task<void> ask_for(File file, Basis basis);
  net::Task<Result<std::vector<Digest>>> hash_basis_on_pool(File file, std::uint64_t offset, std::uint64_t length);
  void ask_with(ReceiveState& file, std::uint64_t offset, std::uint64_t length, std::span<const Digest> digests);
  net::Task<void> ask_for_gaps(File file);

  // receiver_commit.cpp: whole files get their names.
  void commit_when_whole(const File& file);
  void commit(const File& file);
  net::Task<void> commit_loop();
  net::Task<void> commit_large(File file);
  net::Task<Result<void>> read_again(ReceiveState& file);
  net::Task<void> commit_together(std::vector<File> files);
  net::Duration commit_time() const;
  void committed(const File& file, Result<Proof> result, std::optional<Error> note);
  net::Task<void> drop_pipe(File file);
  net::Task<void> drop_pipes();
  void fail_here(const File& file, Error error);
  void settle_unsent(const File& file, const Error& why);
  void settle(const File& file, Outcome outcome, const std::optional<Error>& error = {},
              const std::optional<Proof>& proof = {});

  std::vector<Target> targets_;
  std::vector<std::shared_ptr<TargetTree>> trees_;  // of the targets
  ReceiveOptions options_;
  std::map<std::uint64_t, File> incoming_;  // announced and not settled
  std::uint64_t announced_ = 0;             // the highest number
  std::uint64_t decided_ = 0;               // up to here it is known what is done about them
  std::set<std::uint32_t> come_;            // sources that were announced themselves
  std::optional<std::uint64_t> listed_;
  std::unique_ptr<Directories> directories_;
  std::size_t ranges_ = 0;      // of what has come of all files
  std::size_t slots_used_ = 0;  // files with an open partial
  std::deque<File> waiting_;    // for a slot
  std::size_t on_pool_ = 0;     // batches that are hashed and written now
  std::size_t asked_ = 0;       // `want`s with digests that are not answered
  std::deque<File> ready_;      // whole, to be committed together
  bool committing_ = false;
  std::size_t in_batch_ = 0;  // small files that are committed now
  std::size_t commits_ = 0;   // under way
  StallClock::Clock::time_point committing_since_;
  net::Duration committed_in_{};   // time in which a commit was under way, until the last one ended
  std::vector<std::byte> outbox_;  // for the lead connection
};

}  // namespace dftp
