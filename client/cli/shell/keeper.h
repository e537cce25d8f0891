// Keeps a person's session connected while nothing is asked of it, so that what the server pushes arrives, and says so
// when that takes a while. Belongs to one loop.
#pragma once

#include <memory>

#include "client/cli/context.h"

namespace dftp::cli {

class Keeper {
 public:
  // Of whichever session the context is in; it must outlive this.
  explicit Keeper(Context& context);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

 private:
  struct Watch;
  const std::shared_ptr<Watch> watch_;
};

}  // namespace dftp::cli
