#include "proto/wire/text_lines.h"

#include <algorithm>

namespace dftp {
namespace {

constexpr std::string_view mark = "\xef\xbb\xbf";
constexpr std::string_view wide_marks[] = {"\xff\xfe", "\xfe\xff"};
constexpr std::string_view wide = "UTF-16 or UTF-32 is not understood; store the file as UTF-8";

std::unexpected<Error> refuse(std::string_view file, std::string_view before, std::string_view why) {
  const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1;
  return fail(Code::usage, line_name(file, line), std::string(why));
}

}  // namespace

Result<std::string> plain_text(std::string_view bytes, std::string_view file) {
  for (const std::string_view wide_mark : wide_marks) {
    if (bytes.starts_with(wide_mark)) return refuse(file, "", wide);
  }
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // Texts that were joined have a mark each.
    const bool begins_line = i == 0 || bytes[i - 1] == '\n';
    if (begins_line && bytes.substr(i).starts_with(mark)) i += mark.size();
    if (i == bytes.size()) break;
    const bool ends_line = bytes[i] == '\r' && (i + 1 == bytes.size() || bytes[i + 1] == '\n');
    if (ends_line) continue;
    if (bytes[i] == '\r') return refuse(file, text, "a carriage return stands within the line; lines end with \\n");
    if (bytes[i] == '\0')
      return refuse(file, text, "a NUL byte, which is no text; a file in UTF-16 must be stored as UTF-8");
    text += bytes[i];
  }
  return text;
}

Result<std::vector<std::string>> text_lines(std::string_view bytes, std::string_view file) {
  const auto text = plain_text(bytes, file);
  if (!text) return std::unexpected(text.error());
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    lines.push_back(text->substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::string line_name(std::string_view file, std::size_t line) {
  return std::string(file) + ":" + std::to_string(line);
}

}  // namespace dftp
