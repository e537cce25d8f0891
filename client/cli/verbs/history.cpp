#include "client/cli/verbs/history.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "proto/net/unique_fd.h"

namespace dftp::cli {
namespace {

// One write, so that sessions side by side do not mix their lines. Others must not read what was done here.
void write_lines(const std::filesystem::path& file, const std::string& text, int flags) {
  const net::UniqueFd out(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600));
  if (out) (void)!::write(out.get(), text.data(), text.size());
}

}  // namespace

std::filesystem::path history_file() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state && state[0] == '/') return std::filesystem::path(state) / "dftp/history";
  const char* home = std::getenv("HOME");
  return home && home[0] == '/' ? std::filesystem::path(home) / ".local/state/dftp/history" : std::filesystem::path();
}

// In a URL, whose scheme may be left out.
bool has_password(const std::string& line) {
  std::istringstream words(line);
  for (std::string word; words >> word;) {
    const std::size_t scheme = word.find("://");
    const std::size_t begin = scheme == word.npos ? 0 : scheme + 3;
    const std::string authority = word.substr(begin, word.find('/', begin) - begin);
    const std::size_t at = authority.rfind('@');
    if (at != authority.npos && authority.find(':') < at) return true;
  }
  return false;
}

void History::load(const std::filesystem::path& file) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines_.push_back(line);
  const bool long_since = lines_.size() > 2 * max_lines;
  if (lines_.size() > max_lines) lines_.erase(lines_.begin(), lines_.end() - max_lines);
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  file_ = file;
  if (long_since) rewrite();
}

void History::rewrite() const {
  std::string text;
  for (const std::string& line : lines_) text += line + "\n";
  std::filesystem::path next = file_;
  next += ".new";
  write_lines(next, text, O_TRUNC);
  std::error_code ignored;
  std::filesystem::rename(next, file_, ignored);
}

bool History::add(const std::string& line) {
  if (line.empty() || line[0] == ' ' || has_password(line) || (!lines_.empty() && lines_.back() == line)) return false;
  lines_.push_back(line);
  if (lines_.size() > max_lines) lines_.erase(lines_.begin());
  if (!file_.empty()) write_lines(file_, line + "\n", O_APPEND);
  return true;
}

}  // namespace dftp::cli
