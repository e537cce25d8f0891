#include "client/cli/view/progress_lines.h"

#include <algorithm>
#include <optional>

#include "client/cli/line/display.h"

namespace dftp::cli {
namespace {

constexpr std::size_t max_files = 8;   // lines of files under way
constexpr std::size_t least_name = 8;  // columns; what would leave less to the name is left out
constexpr std::string_view gap = "  ";

constexpr std::size_t least_bar = 8, max_bar = 40;

// "[####----]", the same width on every line of a window.
std::string bar_of(double share, std::size_t columns) {
  const std::size_t width = std::clamp(columns > 40 ? (columns - 40) / 3 : 0, least_bar, max_bar) - 2;
  const auto done = static_cast<std::size_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(width));
  return "[" + std::string(done, '#') + std::string(width - done, '-') + "]";
}

struct Fields {
  std::string share, amount, note;
  std::optional<double> done;  // 0 to 1: what a bar shows; absent: nobody knows, or it is over
};

// A name and, right of it, what there is room for: the share first, the bar last.
std::string line_of(std::string_view name, const Fields& fields, std::size_t columns) {
  std::size_t room = columns > 1 ? columns - 1 : 1;
  const auto fitting = [&room](const std::string& field) {
    const std::size_t width = gap.size() + display_width(field);
    if (field.empty() || room < least_name + width) return std::string();
    room -= width;
    return std::string(gap) + field;
  };
  const std::string share = fitting(right(fields.share, 5)), amount = fitting(right(fields.amount, 9));
  const std::string note = fitting(left(fields.note, 16));
  const std::string bar = fitting(fields.done ? bar_of(*fields.done, columns) : "");
  std::string text = left(shortened(printable(name), room), room);
  for (const std::string& field : {bar, share, amount, note}) text += field;
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

double share_of(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 1 : static_cast<double>(part) / static_cast<double>(whole);
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
  Fields fields{.amount = human_size(file.size.value_or(file.done())), .note = note_on(file)};
  if (file.size) {
    fields.share = percent_text(file.done(), *file.size);
    fields.done = share_of(file.done(), *file.size);
  }
  return line_of(file.name, fields, columns);
}

std::string total_line(const Progress& progress, std::size_t columns) {
  const Progress::Sums sums = progress.sums();
  const auto time = progress.seconds_left();
  const std::string files = std::to_string(sums.files_done) + "/" + std::to_string(sums.files) +
                            (sums.complete ? "" : "+") + (sums.files == 1 ? " file" : " files");
  const std::string bytes = human_size(sums.bytes_done) + (sums.complete ? " of " + human_size(sums.bytes) : "");
  Fields fields{.amount = human_rate(progress.rate()), .note = time ? human_time(*time) + " left" : ""};
  if (sums.complete) {
    fields.share = percent_text(sums.bytes_done, sums.bytes);
    fields.done = share_of(sums.bytes_done, sums.bytes);
  }
  return line_of(columns < 70 ? files : files + ", " + bytes, fields, columns);
}

std::string_view word_for(Outcome outcome) {
  switch (outcome) {
    case Outcome::stored: return "done";
    case Outcome::skipped: return "same";
    case Outcome::special: return "skipped";
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
  return line_of(file.name, {std::string(word_for(finished.outcome)), size, note, {}}, columns);
}

// Rows that a line takes in a terminal of this width.
std::size_t rows_of(const std::string& line, std::size_t columns) {
  return std::max<std::size_t>(1, (display_width(line) + columns - 1) / columns);
}

}  // namespace

std::vector<std::string> active_lines(const Progress& progress, TerminalSize size) {
  const std::size_t room = size.rows > 2 ? size.rows - 2 : 0;
  std::vector<std::string> lines;
  for (const FileProgress& file : progress.active(std::min(max_files, room))) {
    lines.push_back(file_line(file, size.columns));
  }
  lines.push_back(total_line(progress, size.columns));
  return lines;
}

std::vector<std::string> shortened_lines(std::vector<std::string> lines, TerminalSize size) {
  // Half of the window is enough for what is not in the foreground.
  lines.resize(std::min(lines.size(), size.rows / 2));
  for (std::string& line : lines) line = shortened(line, size.columns > 1 ? size.columns - 1 : 1);
  return lines;
}

std::string progress_text(const Progress& progress) {
  const Progress::Sums sums = progress.sums();
  const auto time = progress.seconds_left();
  std::string text = sums.complete ? percent_text(sums.bytes_done, sums.bytes) + ", " : "";
  text += human_size(sums.bytes_done) + (sums.complete ? " of " + human_size(sums.bytes) : "");
  text += ", " + human_rate(progress.rate());
  return time ? text + ", " + human_time(*time) + " left" : text;
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
