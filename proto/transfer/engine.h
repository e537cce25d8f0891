// What sender and receiver have in common: the data connections of one transfer and how it ends.
//
// An engine and all its connections live on one loop (disk work goes to the pool), so nothing here is locked. Keep it alive
// (shared_ptr) until finished() has returned.
#pragma once

#include <vector>

#include "proto/net/disk_pool.h"
#include "proto/net/stream.h"
#include "proto/transfer/events.h"

namespace dftp {

class Engine {
 public:
  Engine(net::Executor executor, net::DiskPool& pool, TransferEvents& events);
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Serves one attached data connection, whose attach frames are exchanged, until the transfer is over. The stream must
  // live on this engine's loop. Exactly one connection is the lead.
  net::Task<void> serve(std::unique_ptr<net::Stream> stream, bool lead);

  // Ends the transfer early, tells the peer why, and closes every connection. What has arrived stays for a resume.
  void stop(Error why);

  // Waits until the transfer is over and every connection is closed. An error: why it ended before everything was
  // settled. Items that failed one by one are no error here; totals() and the events have them.
  net::Task<Result<void>> finished();

  bool over() const { return over_; }
  const Totals& totals() const { return totals_; }

 protected:
  // One direction of a connection each; both return when over() or when the stream fails.
  virtual net::Task<Result<void>> read_blocks(net::Stream& stream) = 0;
  virtual net::Task<Result<void>> write_blocks(net::Stream& stream, bool lead) = 0;

  // Everything is settled.
  void complete();
  // Wakes whoever waits for something to do.
  void wake() { work_.notify_all(); }

  void note_announced(const Item& item) { events_.announced(item); }
  void note_moved(const Item& item, std::uint64_t bytes);
  void note_resumed(const Item& item, std::uint64_t bytes);
  void note_repaired(const Item& item, std::uint64_t bytes);
  void note_settled(const Item& item, Outcome outcome, const std::optional<Error>& error = {},
                    const std::optional<Proof>& proof = {});

  net::Executor executor_;
  net::DiskPool& pool_;
  TransferEvents& events_;
  net::Signal work_;  // something to send may have come up
  std::optional<Error> failure_;

 private:
  void close_all();

  Totals totals_;
  std::vector<net::Stream*> streams_;
  std::size_t serving_ = 0;
  bool over_ = false;
  net::Signal ended_;
};

}  // namespace dftp
