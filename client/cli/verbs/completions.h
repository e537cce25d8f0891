// What shells complete of dftp-cli: the tables of verbs and options. Pure.
#pragma once

#include "proto/completions/completions.h"

namespace dftp::cli {

completions::Program completed_program();

}  // namespace dftp::cli
