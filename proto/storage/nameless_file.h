// A file that has no name before it is published (O_TMPFILE): no other can meet it, and a crash leaves nothing of it.
#pragma once

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp {

// Code::unsupported on a file system without such files. `where` names the target in errors.
Result<std::unique_ptr<PartialFile>> make_nameless_file(ParentAndName target, std::string where);

}  // namespace dftp
