#include "client/cli/progress_lines.h"

#include <algorithm>

#include "client/cli/display.h"

namespace dftp::cli {
namespace {

constexpr std::size_t most_files = 8;  // lines of files under way
constexpr std::size_t least_name = 8;  // columns; what would leave less to the name is left out
constexpr std::string_view gap = "  ";

// A name and, right of it, as many of the fields as there is room for; the first ones matter most.
std::string line_of(std::string_view name, const std::vector<std::string>& fields, std::size_t columns) {
  std::size_t room = columns > 1 ? columns - 1 : 1;
  std::string text;
  for (const std::string& field : fields) {
    const std::size_t width = gap.size() + display_width(field);
    if (room < least_name + width) break;
    room -= width;
    text += std::string(gap) + field;
  }
  text = left(shortened(printable(name), room), room) + text;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

// The columns right of the names: a share, a size or rate, a note.
std::vector<std::string> columns_of(std::string_view share, std::string_view amount, std::string_view note) {
  return {right(share, 5), right(amount, 9), left(note, 16)};
}

std::string percent_text(std::uint64_t part, std::uint64_t whole) {
  return std::to_string(percent(part, whole)) + " %";
}

std::string note_on(const FileProgress& file) {
  if (file.repaired > 0) return "repaired " + human_size(file.repaired);
  if (file.size && file.done() == *file.size) return "verifying";
  if (file.resumed > 0 && file.size) return "resuming at " + percent_text(file.resumed, *file.size);
  return "";
}

std::string file_line(const FileProgress& file, std::size_t columns) {
  const std::string share = file.size ? percent_text(file.done(), *file.size) : "";
  return line_of(file.name, columns_of(share, human_size(file.size.value_or(file.done())), note_on(file)), columns);
}

std::string total_line(const Progress& progress, std::size_t columns) {
  const Progress::Sums sums = progress.sums();
  const auto time = progress.seconds_left();
  const std::string share = sums.complete ? percent_text(sums.bytes_done, sums.bytes) : "";
  const std::string files = std::to_string(sums.files_done) + "/" + std::to_string(sums.files) +
                            (sums.complete ? "" : "+") + (sums.files == 1 ? " file" : " files");
  const std::string bytes = human_size(sums.bytes_done) + (sums.complete ? " of " + human_size(sums.bytes) : "");
  return line_of(columns < 70 ? files : files + ", " + bytes,
                 columns_of(share, human_rate(progress.rate()), time ? human_time(*time) + " left" : ""), columns);
}

std::string_view word_for(Outcome outcome) {
  switch (outcome) {
    case Outcome::stored: return "done";
    case Outcome::skipped: return "same";
    case Outcome::failed: return "failed";
  }
  return "";
}

std::string finished_line(const FinishedFile& finished, std::size_t columns) {
  const FileProgress& file = finished.file;
  std::string note;
  if (file.repaired > 0) {
    note = "repaired " + human_size(file.repaired);
  } else if (file.resumed > 0 && file.size) {
    note = "resumed at " + percent_text(file.resumed, *file.size);
  }
  const std::string size = human_size(file.size.value_or(file.done()));
  return line_of(file.name, columns_of(word_for(finished.outcome), size, note), columns);
}

// Rows that a line takes in a terminal of this width.
std::size_t rows_of(const std::string& line, std::size_t columns) {
  return std::max<std::size_t>(1, (display_width(line) + columns - 1) / columns);
}

}  // namespace

std::vector<std::string> active_lines(const Progress& progress, TerminalSize size) {
  const std::size_t room = size.rows > 2 ? size.rows - 2 : 0;
  std::vector<std::string> lines;
  for (const FileProgress& file : progress.active(std::min(most_files, room))) {
    lines.push_back(file_line(file, size.columns));
  }
  lines.push_back(total_line(progress, size.columns));
  return lines;
}

std::vector<std::string> finished_lines(const Progress::Finished& finished, TerminalSize size) {
  std::vector<std::string> lines;
  if (finished.count > finished.files.size()) {
    const std::string rest = "... and " + std::to_string(finished.count - finished.files.size()) + " more";
    lines.push_back(line_of(rest, {}, size.columns));
  }
  for (const FinishedFile& file : finished.files) lines.push_back(finished_line(file, size.columns));
  return lines;
}

std::string Canvas::draw(const std::vector<std::string>& above, std::vector<std::string> lines, std::size_t columns) {
  std::size_t rows = 0;
  for (const std::string& line : lines_) rows += rows_of(line, std::max<std::size_t>(columns, 1));
  std::string out;
  // The cursor waits on the row below the last line.
  if (rows > 0) out += "\x1b[" + std::to_string(rows) + "A\r\x1b[J";
  for (const std::string& line : above) out += line + "\r\n";
  for (const std::string& line : lines) out += line + "\r\n";
  lines_ = std::move(lines);
  return out;
}

}  // namespace dftp::cli
