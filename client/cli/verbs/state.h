// What a session has besides its context. Belongs to one loop.
#pragma once

#include "client/cli/verbs/background_jobs.h"
#include "client/cli/verbs/history.h"

namespace dftp::cli {

struct ShellState {
  // Of this context, for as long as it lives.
  explicit ShellState(Context& of) : jobs(of.session.executor()), context(of) { context.shell = this; }
  ~ShellState() { context.shell = nullptr; }
  ShellState(const ShellState&) = delete;
  ShellState& operator=(const ShellState&) = delete;

  BackgroundJobs jobs;
  History history;
  // The sessions that `open` left, the last one to come back to first.
  struct Left {
    client::ServerHandle session;
    RemotePath directory;
    Settings settings;
  };
  std::vector<Left> left;

 private:
  Context& context;
};

}  // namespace dftp::cli
