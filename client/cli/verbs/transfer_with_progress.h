// One transfer with its view, and the coroutine that keeps the view moving.
#pragma once

#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"
#include "client/cli/view/transfer_view.h"

namespace dftp::cli {

client::TransferOptions options_of(const Context& context, const Flags& flags);

// All that it is given by reference must outlive it.
class TransferWithProgress {
 public:
  TransferWithProgress(Context& context, const Call& call, Report& report, ViewOptions view,
                       const client::TransferOptions& options);

  VerbTask get(const client::GetRequest& job) { co_return co_await watched(transfer_.get(job)); }
  VerbTask put(const client::PutRequest& job) { co_return co_await watched(transfer_.put(job)); }

  // What the JSON result and the last line say of it.
  // `special`: what was left out before it began.
  void sum_up(bool ended, std::uint64_t special = 0);
  const Totals& totals() const { return transfer_.totals(); }

 private:
  VerbTask watched(VerbTask work);
  VerbTask run(VerbTask work);
  net::Task<bool> show();

  Context& context_;
  Report& report_;
  const bool is_pipe_;
  TransferView view_;
  client::TransferRun transfer_;
  net::Signal ended_;
  bool over_ = false;
};

}  // namespace dftp::cli
