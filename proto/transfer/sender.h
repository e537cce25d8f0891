// The sending end of a transfer: announces what its sources hold, and sends what the receiver wants of it.
// docs/protocol/transfers.md.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "proto/digest/tree.h"
#include "proto/storage/storage.h"
#include "proto/transfer/engine.h"
#include "proto/transfer/out_buffer.h"

namespace dftp {

class DigestCache;

struct Source {
  std::shared_ptr<Storage> storage;
  RemotePath path;
  bool pipe = false;      // read from beginning to end, its size is known then
  std::string name = {};  // what people at this end call it, for errors; empty: `path`
};

struct SendOptions {
  bool recursive = false;     // false: a directory is Code::is_directory
  bool md5 = false;           // every `done` carries the file's whole MD5
  std::uint64_t eager = 0;    // files up to this size (at most one block) go without being asked for
  std::uint32_t streams = 1;  // how many connections there may come to be
  bool fresh = false;  // nothing is at the targets: what a receiver has is an earlier attempt, not an older version
  // Of what is beneath a source, what is announced; what is in a directory that is not, is not. Empty: everything.
  std::function<bool(const RemotePath& beneath)> only = {};
  // The mode that something beneath a source is announced with, instead of its own.
  std::function<std::optional<std::uint32_t>(const RemotePath& beneath)> mode_of = {};
  std::size_t open_files = limits::open_files;  // kept open, but for those that are being read
  std::string if_version = {};                  // of each source; Code::changed when it has another. Empty: any
  DigestCache* memory = nullptr;                // of what was sent before; outlives the sender
};

class SourceScanner;
struct SendState;
struct Want;

class Sender final : public Engine {
 public:
  Sender(net::Executor executor, net::DiskPool& pool, TransferEvents& events, std::vector<Source> sources,
         const SendOptions& options);
  ~Sender() override;

 protected:
  net::Task<Result<void>> read_blocks(net::Stream& stream, bool lead) override;
  net::Task<Result<void>> write_blocks(net::Stream& stream, bool lead) override;

 private:
  using File = std::shared_ptr<SendState>;
  static constexpr std::size_t announced_at_once = 512 * 1024;

  // What the receiver says.
  Result<void> take(const BlockHeader& header, Bytes payload);
  Result<void> take_want(SendState& file, const BlockHeader& header, Bytes payload);
  void fail_here(const SendState& file, Error error);
  void settle(std::uint64_t number, Outcome outcome, const std::optional<Error>& error = {});
  void complete_when_settled();

  net::Task<Result<void>> tell_stalls(net::Stream& stream);
  net::Task<Result<void>> fill_then_stop(OutBuffer& out, bool lead, Pulse& pulse);
  // Appends the next thing to send; leaves `out` empty when there is nothing.
  net::Task<Result<void>> fill(OutBuffer& out, bool lead);
  bool may_announce(bool lead) const;
  net::Task<void> announce(OutBuffer& out, bool lead);
  net::Task<void> stream_pipe(OutBuffer& out);
  net::Task<void> send_piece(OutBuffer& out, File file, Want want);
  net::Task<void> open(OutBuffer& out, File file);
  net::Task<void> finish_file(OutBuffer& out, File file);
  net::Task<void> hash_whole_file(File file);
  File next_file();
  Want next_want(SendState& file);
  bool can_finish(const SendState& file) const;
  void note_sent(SendState& file, const Want& answered, std::uint64_t moved);
  void requeue(const SendState& file);
  void close(SendState& file);
  void uncount(SendState& file);
  void give_up(OutBuffer& out, const File& file, const Error& why);

  SendOptions options_;
  std::vector<std::string> names_;  // of the sources
  std::unique_ptr<SourceScanner> walk_;
  bool walking_ = false;  // it is on the pool
  // Of things whose content goes over another connection: as the walk appends them, and as they wait for the lead.
  OutBuffer walked_{announced_at_once}, announcements_{2 * announced_at_once};
  std::uint64_t announced_ = 0;
  bool listed_ = false;
  std::map<std::uint64_t, File> unsettled_;
  // Files with something to do, by size and number: the largest is served first, so that parallel connections end
  // together.
  std::set<std::pair<std::uint64_t, std::uint64_t>> queue_;
  std::size_t open_files_ = 0;
  std::size_t wants_ = 0;   // of all files
  std::size_t ranges_ = 0;  // that were sent, of all files
  std::deque<File> pipes_;  // announced, being read from beginning to end
};

}  // namespace dftp
