// What sender and receiver have in common: the data connections of one transfer and how it ends.
//
// An engine and all its connections live on one loop (disk work goes to the pool), so nothing here is locked. It is
// always held by a shared_ptr; a connection that is being served holds one too.
#pragma once

#include <set>
#include <vector>

#include "proto/net/disk_pool.h"
#include "proto/net/stream.h"
#include "proto/transfer/events.h"
#include "proto/transfer/out_buffer.h"
#include "proto/transfer/stall_clock.h"
#include "proto/wire/exception.h"

namespace dftp {

namespace limits {

// What is wanted of all files together and not yet sent: once of each, and all damaged leaves of some.
inline constexpr std::size_t transfer_wants = 4 * (unsettled_files + damaged_leaves);
// Separate ranges of all files together that have come, or were sent: one of each file, and some for each connection
// and each damaged leaf. About 64 bytes each.
inline constexpr std::size_t transfer_ranges = 65536;

}  // namespace limits

class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(net::Executor executor, net::DiskPool& pool, TransferEvents& events);
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Serves one attached data connection, whose attach frames are exchanged, until the transfer is over. The stream must
  // live on this engine's loop. Exactly one connection is the lead.
  net::Task<void> serve(std::unique_ptr<net::Stream> stream, bool lead);

  // Ends the transfer early, tells the peer why, and closes every connection within a second. What has arrived stays
  // for a resume. Does nothing when it is over already.
  void stop(Error why);

  // Waits until the transfer is over and everything that had to be said has been sent. An error: why it ended before
  // everything was settled. Items that failed one by one are no error here; totals() and the events have them.
  net::Task<Result<void>> finished();

  bool over() const { return over_; }
  // How many are being served.
  std::size_t connections() const { return streams_.size(); }
  // Stream::lost_segments() of all connections that are being served.
  std::uint64_t lost_segments() const;
  const Totals& totals() const { return totals_; }
  // What held this end up, and the other one as far as it has told.
  Stalls stalls() const { return stall_clock_.stalls(); }
  const std::optional<Stalls>& peer_stalls() const { return peer_stalls_; }

 protected:
  // How far one connection's end may be ahead of another's last blocks.
  static constexpr auto overtaking_grace = std::chrono::seconds(5);

  // When a connection last said something, and whether it shall go on saying that it is alive.
  struct Pulse {
    explicit Pulse(const net::Executor& executor) : changed(executor) {}
    void stop();
    net::Duration until_due() const;

    std::chrono::steady_clock::time_point last_write = std::chrono::steady_clock::now();
    net::Duration writing{};  // the last write_then_pulse()
    net::Duration reading{};  // and what it took from files
    bool stopped = false;
    net::Signal changed;
  };
  // Writes what is in `out`, and then `alive` whenever it is due, until pulse.stop().
  net::Task<Result<void>> write_then_pulse(net::Stream& stream, OutBuffer& out, Pulse& pulse);
  // Returns when wake() has been called since wakes() was `seen`, or when `alive` is due.
  net::Task<void> wait_for_work(Pulse& pulse, std::uint64_t seen);
  std::uint64_t wakes() const { return wakes_; }

  // The payload of an `alive` block: what held this end up. Empty when the other end knows already.
  std::string stalls_to_tell();
  Result<void> hear_stalls(Bytes payload);

  // One direction of a connection each; both return when over() or when the stream fails.
  virtual net::Task<Result<void>> read_blocks(net::Stream& stream, bool lead) = 0;
  virtual net::Task<Result<void>> write_blocks(net::Stream& stream, bool lead) = 0;

  // Starts a task of this transfer, which lives until its end. An exception in it ends the transfer, and nothing else.
  void spawn(net::Task<void> task) { net::spawn(executor_, guarded(shared_from_this(), std::move(task))); }
  // Runs `work` for one item on the pool: an exception in it is that item's error.
  template <class Work>
  net::Task<std::invoke_result_t<Work&>> on_pool(Work work) {
    co_return co_await pool_.run([&] { return caught(work); });
  }

  // Everything is settled.
  void complete();
  // Wakes whoever waits for something to do.
  void wake() {
    ++wakes_;
    work_.notify_all();
  }

  void note_announced(const Item& item) { events_.announced(item); }
  void note_moved(const Item& item, std::uint64_t bytes);
  void note_resumed(const Item& item, std::uint64_t bytes);
  void note_repaired(const Item& item, std::uint64_t bytes);
  void note_settled(const Item& item, Outcome outcome, const std::optional<Error>& error = {},
                    const std::optional<Proof>& proof = {});

  net::Executor executor_;
  net::DiskPool& pool_;
  TransferEvents& events_;
  net::Signal work_;           // something to send may have come up
  std::uint64_t arrived_ = 0;  // bytes, over all connections
  std::optional<Error> failure_;
  StallClock stall_clock_;

 private:
  struct Connection;
  static net::Task<void> guarded(std::shared_ptr<Engine> self, net::Task<void> task);
  net::Task<Result<void>> serve_reads(Connection& connection);
  net::Task<Result<void>> serve_writes(Connection& connection);
  // Returns what reading a file took.
  net::Task<Result<net::Duration>> write_out(net::Stream& stream, const OutBuffer& out);
  // Closes a connection whose peer does not come to an end after the transfer has.
  net::Task<Result<void>> close_in_time(Connection& connection);

  Totals totals_;
  std::optional<Stalls> peer_stalls_;
  std::uint64_t wakes_ = 0;
  std::set<net::Stream*> streams_;
  std::size_t writing_ = 0;  // connections that may still have something to say
  bool over_ = false;
  net::Signal ended_;
};

// An error of this end's storage, which knows the item as `path`, with the name that people at this end know it by:
// `source_name` and what is beneath it. Unchanged when `source_name` is empty.
Error named_here(Error error, const Item& item, const RemotePath& path, const std::string& source_name);

}  // namespace dftp
