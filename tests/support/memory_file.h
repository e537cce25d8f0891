// Open files of MemoryStorage.
#pragma once

#include "tests/support/memory_tree.h"

namespace dftp {

std::unique_ptr<ReadFile> make_memory_file(std::shared_ptr<MemoryTree> tree, NodePtr node);
// The caller holds the tree's mutex. `node` stands as `name` beside the target, and nobody holds it.
std::unique_ptr<PartialFile> make_memory_partial(std::shared_ptr<MemoryTree> tree, Spot target, std::string name,
                                                 NodePtr node, std::string where);

}  // namespace dftp
