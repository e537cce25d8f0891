// What this process' terminal is like.
#pragma once

#include "client/cli/view/progress_lines.h"
#include "client/terminal_prompt.h"

namespace dftp::cli {

using client::TerminalPrompt;

bool is_terminal(int fd);
// Unless $NO_COLOR is set, or the terminal cannot (no-color.org).
bool wants_color();
// As it is now; a usual size when nobody knows.
TerminalSize terminal_size(int fd);

}  // namespace dftp::cli
