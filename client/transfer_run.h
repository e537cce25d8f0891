// get and put, whole: ask for the transfer, open its data connections, run the engine, and begin again where it stopped
// when a connection is lost.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/server_handle.h"
#include "client/transient.h"
#include "proto/transfer/events.h"
#include "proto/transfer/modes.h"

namespace dftp::client {

// Whether something beneath a source is to go.
using Only = std::function<bool(const RemotePath& beneath)>;
// The mode that something beneath a source goes with, if it is not its own.
using ModeOf = std::function<std::optional<std::uint32_t>(const RemotePath& beneath)>;

struct TransferOptions {
  bool recursive = false;
  std::uint32_t streams = 0;  // data connections; 0: found out (stream_counts.h, connection_scaler.h)
  bool md5 = false;           // Proof::md5 of every file
  bool resume = true;         // false: what an earlier attempt of another process left is thrown away
  Overwrite overwrite = Overwrite::changed;
  Only only = {};  // empty: everything
  // Of a get: what is made of the modes, and whether this process's umask takes bits from them.
  Modes modes = Modes::files;
  bool umask = false;
  ModeOf mode_of = {};  // of a put
  // Of one file: what the source of a get, or the target of a put, must be (attributes.h); what is put behind the name
  // of the file that gives way; the job that a put is.
  std::string if_version = {}, backup = {}, job = {};
  bool plain = false;  // data connections without TLS; Code::denied when the server does not grant it
  int retries = 10;    // attempts in a row without any progress before it is given up
  // Whether even the first connection is retried; else a server that was never reached is an error at once.
  bool wait_for_server = false;
};

// What a transfer tells whoever runs it. Beyond TransferEvents' words:
// - Item::source counts in the whole job, whatever requests it was cut into; Item::number means nothing here: a thing
//   is known by source, path and kind.
// - A thing is announced once, and settled once for all attempts (a failure with Code::busy is held back until it is
//   final).
// - After retrying(), moved() and resumed() of what is not settled begin anew: drop what was counted of it.
class TransferObserver : public TransferEvents {
 public:
  // Where each source goes, once, before anything moves: local paths for get, remote paths for put, "-" for a pipe.
  virtual void planned(const std::vector<std::string>& /*targets*/) {}
  // `attempt` of `of` begins after `delay`.
  virtual void retrying(int /*attempt*/, int /*of*/, const Error& /*why*/, net::Duration /*delay*/) {}
};

struct GetRequest {
  std::vector<RemotePath> sources;
  // An existing directory: each source goes to target/name (the root's content goes into it). Anything else, and a
  // single recursive source whose target is not written with a trailing slash or as "." or "..": the source goes to
  // exactly this name, so that the same call means the same whether or not an interrupted one has made the directory
  // already. "-": the one source, a file, goes to standard output, and /dev/stdout, /dev/fd/N and their like are
  // descriptors too; so it does to a FIFO or a character device of this name.
  std::filesystem::path target;
  bool directory = false;  // the target was written with a trailing slash: Code::not_directory when it is none
};

struct PutRequest {
  // Files, and directories with TransferOptions::recursive. Links given here are followed, links found beneath are sent
  // as links. ".", ".." and "/" have no name of their own: their content goes to the target itself. "-" alone: standard
  // input.
  std::vector<std::filesystem::path> sources;
  // As in GetRequest, on the server; it is a directory as the one source that goes to exactly this name.
  RemotePath target;
  bool directory = false;
};

// One transfer; make a new one for the next. Belongs to the session's loop.
class TransferRun {
 public:
  TransferRun(ServerHandle& session, TransferObserver& observer, const TransferOptions& options);
  ~TransferRun();
  TransferRun(const TransferRun&) = delete;
  TransferRun& operator=(const TransferRun&) = delete;

  // Done, as far as single things did not fail (Totals::failed, the observer has them). An error: why it ended before
  // everything was settled; Code::cancelled after stop().
  net::Task<Result<void>> get(const GetRequest& job);
  net::Task<Result<void>> put(const PutRequest& job);

  // Ends it soon, in whatever state it is. What has arrived stays for a resume. From the loop.
  void stop();

  // Of all attempts together; each thing counts once.
  const Totals& totals() const;
  // What it waited for most, in the words of stall_clock.h; nullopt before anything was moved.
  std::optional<std::string_view> limited_by() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace dftp::client
