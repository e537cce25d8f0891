#include "client/cli/line/url_pattern.h"

#include <algorithm>

#include "client/cli/line/words.h"
#include "proto/wire/encoding.h"
#include "proto/wire/url.h"

namespace dftp::cli {
namespace {

constexpr std::string_view unix_scheme = "dftp+unix://";

std::size_t path_begin(std::string_view url) {
  if (url.starts_with(unix_scheme)) {
    const std::size_t separator = url.find(":/", unix_scheme.size());
    return separator == url.npos ? url.size() : separator + 1;
  }
  const std::size_t authority = Url::looks_like(url) ? url.find("//") + 2 : 0;
  const std::size_t slash = std::min(url.find('/', authority), url.size());
  if (authority > 0) return slash;
  // "host:path", as scp has it.
  const std::string_view server = url.substr(0, slash);
  const std::size_t colon = server.rfind(':'), bracket = server.rfind(']');
  const bool within = bracket != server.npos && colon != server.npos && bracket > colon;
  if (colon == server.npos || within || server.find_first_not_of("0123456789", colon + 1) == server.npos) return slash;
  return colon + 1;
}

}  // namespace

std::optional<UrlPattern> pattern_in(std::string_view url) {
  const std::size_t begin = path_begin(url);
  UrlPattern pattern{std::string(url.substr(0, begin)), {}};
  for (std::size_t i = begin; i < url.size(); ++i) {
    const auto byte = from_hex(url.substr(std::min(i + 1, url.size()), 2));
    if (url[i] == '%' && byte && byte->size() == 1) {
      add_quoted(pattern.path, *byte);
      i += 2;
    } else if (url[i] == '\\' || url[i] == '~') {
      add_quoted(pattern.path, url.substr(i, 1));
    } else {
      pattern.path += url[i];
    }
  }
  if (!is_pattern(pattern.path)) return std::nullopt;
  return pattern;
}

}  // namespace dftp::cli
