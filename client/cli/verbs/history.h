// The lines that were typed, in this session and those before it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace dftp::cli {

class History {
 public:
  static constexpr std::size_t max_lines = 1000;

  // Reads the file, and adds to it from now on; without it, lines are kept in memory only. A file that cannot be read
  // is empty, one that cannot be written stays as it is: a history is no reason to fail.
  void load(const std::filesystem::path& file);
  // False for what is not to be kept: the same line again, one that begins with a blank, one with a password in it.
  bool add(const std::string& line);
  // The oldest first.
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void rewrite() const;

  std::filesystem::path file_;
  std::vector<std::string> lines_;
};

// $XDG_STATE_HOME/dftp/history, else ~/.local/state/dftp/history; empty: nobody knows.
std::filesystem::path history_file();
// Whether a line says a password: of a URL with one in it.
bool has_password(const std::string& line);

}  // namespace dftp::cli
