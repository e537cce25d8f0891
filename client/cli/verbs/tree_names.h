// How things beneath an operand are called: as the operand was written, in a session; else from the shared directory
// on.
#pragma once

#include <string>

#include "client/cli/verbs/context.h"

namespace dftp::cli {

class TreeNames {
 public:
  TreeNames(const Context& context, const RemoteOperand& operand)
      : top_(context.in_session ? operand.text : operand.path.absolute()) {}
  std::string of(const RemotePath& beneath) const {
    if (beneath.is_root()) return top_;
    return (top_.ends_with('/') ? top_ : top_ + "/") + beneath.relative();
  }

 private:
  const std::string top_;
};

}  // namespace dftp::cli
