// Opens what is a regular file, and does nothing to what is not: opening a FIFO wakes whoever waits at its other end,
// opening a tape winds it back. It is held first, which touches nothing (O_PATH), and what is opened then is what was
// looked at, whatever has its name by then.
#pragma once

#include <functional>

#include "proto/storage/descriptor.h"

namespace dftp {

// `flags` as for open(2). Sets errno; ENXIO: it is no regular file. Where there is no /proc, `by_name` opens it once
// more with the flags that it is given.
Descriptor open_regular(const Descriptor& held, int flags, const std::function<Descriptor(int flags)>& by_name);
// A name in a directory, or a path (AT_FDCWD). A link at its end is followed unless `flags` say O_NOFOLLOW.
Descriptor open_regular_at(int directory, const char* name, int flags);

}  // namespace dftp
