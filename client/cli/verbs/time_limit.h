// --timeout: the end of a run that takes too long.
#pragma once

#include <functional>

#include "client/cli/view/interrupts.h"

namespace dftp::cli {

// Ends what runs when `limit` has passed, as an interrupt would; `give_up`, which does not return, when nothing can be
// interrupted or does not end soon. Spawn it; all that it refers to must outlive the loop's run.
net::Task<void> end_in_time(Interrupts& interrupts, std::chrono::seconds limit, std::function<void()> give_up);

// Why a run has ended.
Error out_of_time(std::chrono::seconds limit);

}  // namespace dftp::cli
