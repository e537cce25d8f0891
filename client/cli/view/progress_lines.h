// Progress as lines of a terminal. Pure: a size and numbers in, text and control sequences out.
#pragma once

#include <string>
#include <vector>

#include "client/cli/view/progress.h"

namespace dftp::cli {

struct TerminalSize {
  std::size_t columns = 80, rows = 24;
};

// No line is wider than columns - 1 (in the last column some terminals wrap), and they leave a row free.
// A line for each file under way, the last one is the total.
std::vector<std::string> active_lines(const Progress& progress, TerminalSize size);
// The total in a few words: "43 %, 12.3 MB of 28.6 MB, 3.1 MB/s, 0:05 left".
std::string progress_text(const Progress& progress);
// Printable lines of any length as they fit the window; those that are too many are left out.
std::vector<std::string> shortened_lines(std::vector<std::string> lines, TerminalSize size);
// A line for each file that is finished, and one for those that are left out.
std::vector<std::string> finished_lines(const Progress::Finished& finished, TerminalSize size);

// The lines at the bottom of a terminal that are drawn over and over.
class Canvas {
 public:
  // What to write to have `lines` there, and `above` standing before them for good. `columns`: the width now; the
  // terminal may have folded the lines of the last time when it became narrower.
  std::string draw(const std::vector<std::string>& above, std::vector<std::string> lines, std::size_t columns);
  // What to write to have nothing there.
  std::string clear(std::size_t columns) { return draw({}, {}, columns); }
  bool empty() const { return lines_.empty(); }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::vector<std::string> lines_;
};

}  // namespace dftp::cli
