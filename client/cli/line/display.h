// Text for a terminal and numbers for people. Pure: the locale of the process plays no part.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dftp::cli {

// Columns that `text` (printable UTF-8) takes: two for a wide character, none for a combining one.
std::size_t display_width(std::string_view text);

// Rows above the one that a terminal of so many columns has its cursor in behind `text`. A wide character that does not
// fit the end of a row begins the next one.
std::size_t rows_before_end(std::string_view text, std::size_t columns);

// Cut in the middle with "…" so that it takes at most `width` columns: beginning and ending of a name both tell.
std::string shortened(std::string_view text, std::size_t width);
// Filled up with blanks to `width` columns; a longer text stays as it is.
std::string left(std::string_view text, std::size_t width);
std::string right(std::string_view text, std::size_t width);

// Help for a terminal of 80 columns: `text` in lines that break at blanks. Breaks that it has are none.
std::string filled(std::string_view text);
// `head` and, from column `width` + 2 on, the text; on a line of its own where the head is too long.
std::string help_row(std::string_view head, std::string_view text, std::size_t width);

// "999 B", "1.2 kB", "34.5 MB", "678 MB": powers of 1000, at most 7 columns.
std::string human_size(std::uint64_t bytes);
// The end of a summary: ", 2 special files skipped", or nothing.
std::string special_text(std::uint64_t special);
// "12.3 MB/s"
std::string human_rate(double bytes_per_second);
// "0:07", "12:34", "5:06:07"
std::string human_time(double seconds);
// How long something took: "0.42 s", from ten seconds on as human_time() has it.
std::string duration_text(double seconds);
// Bytes of a whole in percent, rounded down so that 100 means all; of nothing it is 100.
int percent(std::uint64_t part, std::uint64_t whole);

// "-rw-r--r--": the type as ls shows it, and the permission bits with set-id and sticky.
std::string mode_text(char type, std::uint32_t mode);
// "2024-03-01 12:34" in the local time zone.
std::string time_text(std::int64_t nanoseconds);
// "2024-03-01 12:34:56.123456789 +0100"
std::string exact_time_text(std::int64_t nanoseconds);

}  // namespace dftp::cli
