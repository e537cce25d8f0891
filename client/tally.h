// Between the engines of all attempts and whoever watches the transfer: counts each thing once, holds back what may
// still go well, and knows which sources are left to do. Belongs to the transfer's loop.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <vector>

#include "client/item_states.h"
#include "client/transfer_run.h"
#include "proto/transfer/stall_clock.h"

namespace dftp::client {

class Tally final : public TransferEvents {
 public:
  explicit Tally(TransferObserver& observer) : observer_(&observer) {}

  // The next events come from an attempt at these sources (numbers in the whole job). With `hold_busy` things that fail
  // with Code::busy are held back. `when_large` is called once, if it turns out to be worth several connections.
  void begin_attempt(std::vector<std::uint32_t> sources, bool hold_busy, std::function<void()> when_large);
  // This request's sources are the job's last: listed() may be passed on.
  void last_request(bool last) { last_request_ = last; }
  // Nobody watches any more.
  void detach();

  // Since the attempt began something was settled, or much moved.
  bool progressed() const;
  // Why something is held back, and the sources that it belongs to.
  std::optional<Error> held() const;
  std::vector<std::uint32_t> held_sources() const;
  // It is final: passes on what was held back.
  void release_held();
  // Of `sources` those that an earlier attempt did not settle: all but single files and links.
  std::vector<std::uint32_t> left_of(const std::vector<std::uint32_t>& sources) const;
  // Whether something became of the source itself, good or bad. One of which the peer never spoke has not gone well.
  bool answered(std::uint32_t source) const { return answered_.contains(source); }
  const Totals& totals() const { return totals_; }
  // What held up the two ends of an attempt, as far as it is known.
  void add_stalls(const std::optional<Stalls>& sender, const std::optional<Stalls>& receiver);
  std::optional<std::string_view> limited_by(ServerRole server) const {
    return dftp::limited_by(sender_stalls_, receiver_stalls_, server);
  }

  void announced(const Item& item) override;
  void listed() override;
  void moved(const Item& item, std::uint64_t bytes) override;
  void resumed(const Item& item, std::uint64_t bytes) override;
  void repaired(const Item& item, std::uint64_t bytes) override;
  void settled(const Item& item, Outcome outcome, const std::optional<Error>& error,
               const std::optional<Proof>& proof) override;

 private:
  using Key = std::size_t;

  const Item& in_job(const Item& item);
  void pass_on(const Item& item, Outcome outcome, const std::optional<Error>& error, const std::optional<Proof>& proof);

  TransferObserver* observer_;
  std::vector<std::uint32_t> sources_;
  Item renumbered_;
  bool hold_busy_ = false;
  bool last_request_ = true;
  bool listed_ = false;
  bool progressed_ = false;
  std::function<void()> when_large_;
  std::uint64_t announced_bytes_ = 0, announced_things_ = 0, moved_ = 0;
  ItemStates states_;                        // by hashes of source, path and kind
  std::set<std::uint32_t> settled_sources_;  // single files and links
  std::set<std::uint32_t> answered_;         // these, and directories
  struct WithheldFailure {
    Item item;
    Error error;
  };
  std::map<Key, WithheldFailure> held_;
  Totals totals_;
  std::optional<Stalls> sender_stalls_, receiver_stalls_;  // of all attempts
};

}  // namespace dftp::client
