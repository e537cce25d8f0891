// What get and put do differently: their local side, the request, and the engine for the server's answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/attempt.h"
#include "client/pipe_storage.h"
#include "client/transfer_run.h"

namespace dftp::client {

// Numbers of sources within the whole job.
using Sources = std::vector<std::uint32_t>;

struct StrategyContext {
  net::Executor executor;
  net::DiskPool& pool;
  std::shared_ptr<Tally> tally;
  TransferObserver& observer;
  TransferOptions options;
};

class TransferStrategy {
 public:
  virtual ~TransferStrategy() = default;

  // Opens the local side. On the pool, once, before the rest.
  virtual Result<void> prepare() = 0;
  // How much each source adds to a request.
  virtual std::vector<std::size_t> text_sizes() const = 0;
  // `again`: an attempt was made already. The plan refers to the job until its engine is made.
  virtual TransferPlan plan(const Sources& sources, bool again) = 0;
  // The transfer went well, but the peer never spoke of this source.
  virtual Error unanswered(std::uint32_t source) const = 0;
  // Whether a new attempt could finish what was begun; what to say if not.
  virtual std::optional<std::string> stuck() const { return std::nullopt; }
  // After the last attempt: a file whose version is to be asked for once more, and what to say to the answer.
  virtual std::optional<RemotePath> version_to_confirm() const { return std::nullopt; }
  virtual Result<void> confirm(const std::string& /*version*/) { return {}; }

  const std::shared_ptr<PipeStorage>& pipe() const { return pipe_; }

 protected:
  std::shared_ptr<PipeStorage> pipe_;
};

std::unique_ptr<TransferStrategy> make_strategy(const GetRequest& job, StrategyContext context);
std::unique_ptr<TransferStrategy> make_strategy(const PutRequest& job, StrategyContext context);

inline constexpr std::string_view pipe_name = "-";
// Files up to this size go along with their announcement where nothing is there to be compared with.
inline constexpr std::uint64_t eager_bytes = 64 * 1024;

}  // namespace dftp::client
