#include "client/cli/line/display.h"

#include <wchar.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <vector>

#include "client/cli/line/utf8_locale.h"

namespace dftp::cli {
namespace {

// A character with the combining ones behind it.
struct Cluster {
  std::string_view text;
  std::size_t width = 0;
};

std::vector<Cluster> clusters_of(std::string_view text) {
  const Utf8Locale utf8;
  std::vector<Cluster> clusters;
  while (!text.empty()) {
    wchar_t code = 0;
    mbstate_t state{};
    std::size_t bytes = mbrtowc(&code, text.data(), text.size(), &state);
    const bool valid = bytes != 0 && bytes <= text.size();
    if (!valid) bytes = 1;
    const int width = valid ? wcwidth(code) : 1;
    if (width == 0 && !clusters.empty()) {
      std::string_view& last = clusters.back().text;
      last = {last.data(), last.size() + bytes};
    } else {
      clusters.push_back({text.substr(0, bytes), static_cast<std::size_t>(std::max(width, 0))});
    }
    text.remove_prefix(bytes);
  }
  return clusters;
}

std::size_t width_of(const std::vector<Cluster>& clusters) {
  std::size_t sum = 0;
  for (const Cluster& cluster : clusters) sum += cluster.width;
  return sum;
}

__attribute__((format(printf, 1, 2))) std::string text_of(const char* format, ...) {
  std::array<char, 64> buffer;
  va_list arguments;
  va_start(arguments, format);
  const int length = std::vsnprintf(buffer.data(), buffer.size(), format, arguments);
  va_end(arguments);
  return std::string(buffer.data(), std::min<std::size_t>(std::max(length, 0), buffer.size() - 1));
}

constexpr std::int64_t second = 1'000'000'000;

std::string local_time(std::int64_t nanoseconds, const char* format) {
  const std::time_t whole = nanoseconds / second - (nanoseconds % second < 0 ? 1 : 0);
  std::tm local{};
  if (!localtime_r(&whole, &local)) return "-";
  std::array<char, 64> buffer;
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), format, &local)};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return width_of(clusters_of(text));
}

std::size_t rows_before_end(std::string_view text, std::size_t columns) {
  std::size_t rows = 0, column = 0;
  for (const Cluster& cluster : clusters_of(text)) {
    if (column + cluster.width > columns) {
      ++rows;
      column = 0;
    }
    column += cluster.width;
  }
  return rows + (column == columns ? 1 : 0);
}

std::string shortened(std::string_view text, std::size_t width) {
  const std::vector<Cluster> clusters = clusters_of(text);
  if (width_of(clusters) <= width) return std::string(text);
  if (width == 0) return "";
  std::size_t room = width - 1;  // one column is the ellipsis
  std::size_t head = 0, head_room = (room + 1) / 2;
  for (auto at = clusters.begin(); at != clusters.end() && at->width <= head_room; ++at) {
    head += at->text.size();
    head_room -= at->width;
    room -= at->width;
  }
  std::size_t tail = text.size();
  for (auto at = clusters.rbegin(); at != clusters.rend() && at->width <= room; ++at) {
    tail -= at->text.size();
    room -= at->width;
  }
  return std::string(text.substr(0, head)) + "…" + std::string(text.substr(tail));
}

std::string left(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(text) + std::string(width > used ? width - used : 0, ' ');
}

std::string filled_from(std::size_t column, std::size_t indent, std::string_view text) {
  constexpr std::size_t columns = 79;  // one stays free: some terminals wrap behind a full line
  std::string lines;
  bool begins = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::size_t width = display_width(word);
    if (!begins && column + 1 + width > columns) {
      lines += "\n" + std::string(indent, ' ');
      column = indent;
      begins = true;
    }
    lines += (begins ? "" : " ") + std::string(word);
    column += width + (begins ? 0 : 1);
    begins = false;
  }
  return lines;
}

std::string filled(std::string_view text) {
  return text.empty() ? std::string() : filled_from(0, 0, text) + "\n";
}

std::string help_row(std::string_view head, std::string_view text, std::size_t width) {
  const bool fits = display_width(head) <= width;
  const std::string begin = fits ? left(head, width + 2) : std::string(head) + "\n" + std::string(width + 2, ' ');
  return begin + filled_from(width + 2, width + 2, text) + "\n";
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t used = display_width(text);
  return std::string(width > used ? width - used : 0, ' ') + std::string(text);
}

std::string special_text(std::uint64_t special) {
  if (special == 0) return {};
  return ", " + std::to_string(special) + (special == 1 ? " special file skipped" : " special files skipped");
}

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1000) return text_of("%d B", static_cast<int>(bytes));
  constexpr std::array units = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  // 999.5 would be shown as 1000.
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return text_of(value < 99.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}

std::string human_rate(double bytes_per_second) {
  return human_size(static_cast<std::uint64_t>(std::max(bytes_per_second, 0.0))) + "/s";
}

std::string human_time(double seconds) {
  const auto whole = static_cast<long long>(std::clamp(seconds, 0.0, 3600.0 * 9999));
  const long long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  return hours > 0 ? text_of("%lld:%02lld:%02lld", hours, minutes, rest) : text_of("%lld:%02lld", minutes, rest);
}

std::string duration_text(double seconds) {
  constexpr double fractions_below = 10;
  return seconds < fractions_below ? text_of("%.2f s", std::max(seconds, 0.0)) : human_time(seconds);
}

int percent(std::uint64_t part, std::uint64_t whole) {
  if (part >= whole) return 100;
  return std::min(99, static_cast<int>(100.0 * static_cast<double>(part) / static_cast<double>(whole)));
}

std::string mode_text(char type, std::uint32_t mode) {
  std::string text = "?rwxrwxrwx";
  text[0] = type;
  for (std::size_t bit = 0; bit < 9; ++bit) {
    if ((mode & (0400u >> bit)) == 0) text[bit + 1] = '-';
  }
  const auto special = [&](std::uint32_t bit, std::size_t place, char with_x, char without_x) {
    if (mode & bit) text[place] = text[place] == 'x' ? with_x : without_x;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return text;
}

std::string time_text(std::int64_t nanoseconds) {
  return local_time(nanoseconds, "%Y-%m-%d %H:%M");
}

std::string exact_time_text(std::int64_t nanoseconds) {
  const auto fraction = static_cast<int>((nanoseconds % second + second) % second);
  return local_time(nanoseconds, "%Y-%m-%d %H:%M:%S") + text_of(".%09d ", fraction) + local_time(nanoseconds, "%z");
}

}  // namespace dftp::cli
