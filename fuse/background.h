// Going to the background, the way a caller can rely on: the process that was started stays until its child either says
// that all is well or ends, and takes over the child's exit code.
#pragma once

#include "proto/net/unique_fd.h"

namespace dftp::mount {

class Background {
 public:
  // Forks, unless `foreground`; returns in the child. Before any thread is started.
  explicit Background(bool foreground);

  // All is well: lets go of the terminal, the working directory and the caller. Does nothing in the foreground.
  void ready();

 private:
  net::UniqueFd parent_;  // to tell it; closed in the foreground
};

}  // namespace dftp::mount
