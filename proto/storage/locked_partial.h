// The hidden file that an upload is gathered in: beside its target, locked by whoever writes it.
#pragma once

#include "proto/storage/root_directory.h"
#include "proto/storage/storage.h"

namespace dftp {

// Storage::open_partial. `where` names the target in errors.
Result<Storage::OpenedPartial> open_locked_partial(ParentAndName target, std::string_view owner, std::string where);

}  // namespace dftp
