// Colours of names, as $LS_COLORS has them (dircolors(1)). Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "client/remote.h"

namespace dftp::cli {

class NameColors {
 public:
  // What is not understood is left out, and what is not said is as ls has it.
  explicit NameColors(std::string_view ls_colors = {});

  // The control sequence that begins a name's colour; empty: it has none.
  std::string of(const client::RemoteEntry& entry) const;

 private:
  // The numbers between "\x1b[" and "m"; empty: none.
  std::string_view numbers_of(const client::RemoteEntry& entry) const;
  std::string_view by_key(std::string_view key) const;

  std::vector<std::pair<std::string, std::string>> by_key_;     // "di", "ln", ...
  std::vector<std::pair<std::string, std::string>> by_suffix_;  // ".tar"
};

std::string colored(const std::string& text, std::string_view color);

}  // namespace dftp::cli
