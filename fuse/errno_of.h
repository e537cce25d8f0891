// Which number the kernel gets for an Error: the only place that maps one to an errno.
#pragma once

#include "proto/wire/error.h"

namespace dftp::mount {

// The errno that the server named, where this system knows it; else what fits the code best. Never 0.
int errno_of(const Error& error);

}  // namespace dftp::mount
