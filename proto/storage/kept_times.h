// What a file system makes of times: it has a first and a last one, and may know whole seconds only.
#pragma once

#include "proto/wire/time_ns.h"

namespace dftp {

// Of the file system of an open directory. Nothing is left of finding it out, nor seen meanwhile; where it cannot be
// found out, every time is kept. Blocks.
KeptTimes kept_times_of(int directory);

}  // namespace dftp
