#include "client/cli/view/md5_line.h"

namespace dftp::cli {

std::string md5_line(std::string_view hex, std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\r') {
      escaped += "\\r";
    } else {
      escaped += c;
    }
  }
  return (escaped == name ? "" : "\\") + std::string(hex) + "  " + escaped;
}

}  // namespace dftp::cli
