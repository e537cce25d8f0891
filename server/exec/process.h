// A command under its keeper, as the server holds it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/net/unique_fd.h"
#include "proto/storage/descriptor.h"
#include "proto/wire/exec.h"

namespace dftp::server {

// What is to run.
struct ProcessPlan {
  std::vector<std::string> argv;
  std::string run_as;      // a user of this machine; empty: the server's own
  std::string user, peer;  // for whom: told to the command
  Descriptor directory;    // in which it runs
  bool input = false;
  std::uint64_t memory_limit = 0, process_limit = 0;  // 0: none
};

struct Process {
  int keeper = -1;                      // its process ID; to be waited for, once
  net::UniqueFd control;                // the keeper's socket: told to end by shutdown, its answer is an ExecEnded
  net::UniqueFd input, output, errors;  // our ends; `input` only where it was wanted
};

// Blocks. Code::denied when it is to run as another user and the server is not root; not_found for an unknown one.
Result<Process> start_process(const ProcessPlan& plan);

// Reaps the keeper, which has ended or is about to. Blocks.
void wait_for_keeper(int keeper);

// Whether `run_as` can be had by this process: for the start, so that nobody has to find out at night.
Result<void> check_run_as(const std::string& run_as);

}  // namespace dftp::server
