// What a receiver does about permission bits.
#pragma once

#include <cstdint>

namespace dftp {

enum class Modes : std::uint8_t {
  kept,  // what is there keeps its own; what is new has the sender's
  // A file has the sender's, new or not. A directory that is there keeps its own, but one that has just what a transfer
  // that was killed filled it with gets the sender's.
  files,
  planned,  // the same, but nothing is guessed of a directory: who asks sets what is to be set
  all,      // files and directories have the sender's
};

}  // namespace dftp
