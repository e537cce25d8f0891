#include "proto/wire/url.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

namespace {

void check_url(std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return;
  require(url->endpoint.is_unix() == url->endpoint.host.empty());
  const auto again = Url::parse(url->text());
  require(again && again->endpoint == url->endpoint && again->user == url->user);
  require(again->path == url->path && again->directory == url->directory);
}

void check_endpoint(std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  if (endpoint) require(parse_endpoint(endpoint->text()) == *endpoint);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_url(as_input(data, size));
  check_endpoint(as_input(data, size));
  return 0;
}
