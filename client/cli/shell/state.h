// What a session has besides its context. Belongs to one loop.
#pragma once

#include "client/cli/shell/history.h"
#include "client/cli/shell/jobs.h"

namespace dftp::cli {

struct ShellState {
  explicit ShellState(net::Executor executor) : jobs(std::move(executor)) {}

  Jobs jobs;
  History history;
  // The sessions that `open` left, the last one to come back to first.
  struct Left {
    client::Session session;
    RemotePath directory;
  };
  std::vector<Left> left;
};

}  // namespace dftp::cli
