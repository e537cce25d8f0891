#include "client/cli/line/verb.h"

#include <algorithm>

namespace dftp::cli {

bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::string_view next = list.substr(0, list.find(' '));
    if (next == word) return true;
    list.remove_prefix(std::min(next.size() + 1, list.size()));
  }
  return false;
}

Result<void> check_count(const Verb& verb, std::size_t operands, bool in_session) {
  const std::string name(verb.name);
  const std::string usage_line =
      "usage: " + name + " " + std::string(in_session ? verb.synopsis.in_session : verb.synopsis.alone);
  if (operands < (in_session ? verb.count.least_in_session : verb.count.least)) {
    return fail(Code::usage, name, "something is missing; " + usage_line);
  }
  if (operands > verb.count.max) return fail(Code::usage, name, "too many words; " + usage_line);
  return {};
}

}  // namespace dftp::cli
