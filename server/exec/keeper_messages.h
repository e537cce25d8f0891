// What the server and the keeper of a command say to each other over their socket pair: one frame each way.
#pragma once

#include "proto/wire/exec.h"

namespace dftp::server {

// The keeper's descriptors besides the command's 0, 1 and 2.
inline constexpr int keeper_socket = 3, keeper_directory = 4;
// The word by which the program is told to be one.
inline constexpr std::string_view keeper_word = "keep-command";

struct KeeperJob {
  std::vector<Name> argv;
  std::vector<Name> environment;
  bool change_user = false;
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  std::uint64_t memory_limit = 0, process_limit = 0;  // 0: none
  static void fields(auto& self, auto& io) {
    io("argv", self.argv);
    io("environment", self.environment);
    io("change_user", self.change_user);
    io("uid", self.uid);
    io("gid", self.gid);
    io("groups", self.groups);
    io("memory_limit", self.memory_limit);
    io("process_limit", self.process_limit);
  }
};
// The answer is an ExecEnded.

}  // namespace dftp::server
