// An upload that is done once and leaves a receipt.
#pragma once

#include <functional>

#include "client/cli/verbs/context.h"
#include "client/cli/verbs/handlers.h"

namespace dftp::cli {

// Code::usage for what is about one file when there are several.
Result<void> check_single_file(const Call& call);

// The transfer itself.
using PutOnce = std::function<VerbTask(const Call& call)>;
// Returns the receipt of an earlier run where there is one, else does it.
VerbTask put_job(Context& context, const Call& call, Report& report, const PutOnce& put_once);

}  // namespace dftp::cli
