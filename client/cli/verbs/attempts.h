// Attempts in a row at a server that is out of reach: as many as --retries says, with growing pauses.
#pragma once

#include "client/backoff.h"
#include "client/cli/verbs/context.h"

namespace dftp::cli {

class Attempts {
 public:
  // Of `context`, which must outlive it.
  explicit Attempts(const Context& context) : Attempts(context, retries_of(context)) {}
  Attempts(const Context& context, int retries);

  // After a pause, of which a line tells. False when `why` is no such failure, there have been enough of them, or it
  // was interrupted.
  net::Task<bool> again(Error why);

 private:
  const Context& context_;
  const int retries_;
  client::Backoff backoff_;
  int made_ = 0;
};

}  // namespace dftp::cli
