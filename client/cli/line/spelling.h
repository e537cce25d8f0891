// What somebody may have meant by a word that means nothing. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dftp::cli {

// The known word that differs least, by letters that are wrong, missing, too many or exchanged; empty when none is
// near. Of those that are equally near the first one.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

// "; did you mean WORD?", or nothing.
std::string meant_instead(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace dftp::cli
