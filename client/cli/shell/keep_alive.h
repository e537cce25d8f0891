// Keeps a person's session connected while nothing is asked of it, so that what the server pushes arrives, and says so
// when that takes a while. Belongs to one loop.
#pragma once

#include <memory>

#include "client/cli/verbs/context.h"

namespace dftp::cli {

class KeepAlive {
 public:
  // Of whichever session the context is in; it must outlive this.
  explicit KeepAlive(Context& context);
  ~KeepAlive();
  KeepAlive(const KeepAlive&) = delete;
  KeepAlive& operator=(const KeepAlive&) = delete;

 private:
  struct Watch;
  const std::shared_ptr<Watch> watch_;
};

}  // namespace dftp::cli
