#include "proto/wire/json.h"
#include "tests/fuzz/fuzz.h"

using namespace dftp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = json::parse(as_input(data, size));
  if (!value) return 0;
  const std::string text = json::write(*value);
  const auto again = json::parse(text);
  require(again && *again == *value);
  require(json::write(*again) == text);
  return 0;
}
